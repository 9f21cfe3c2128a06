import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { LONGEST_DELAY_MS, type OutboxEntry } from "../../src/model/daemon/daemon-records.ts";
import { nameTakenPause } from "../../src/model/daemon/taken-holds.ts";
import { count } from "./count-answers.ts";
import { FUTURE, makeAudit, makeMessage, makePause, makeState, openRecords, PAST, writeState } from "./make-records.ts";

const total = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0);

/** Messages of one receiver about one target, in any order of their ids. */
const makeQueue = (length: number, target = "prod") =>
  Array.from({ length }, () => makeMessage({ key: `${target}/failed/${randomUUID()}` }));

/** What pauses and the outbox promise, as tests that every database has to pass. */
export function describeOutbox(database: string, makeLocation: () => Promise<string>): void {
  const openEmpty = async () => openRecords(await makeLocation());
  /** Several replicas on one store. */
  const openReplicas = async () => {
    const location = await makeLocation();
    return Promise.all([1, 2, 3, 4].map(() => openRecords(location)));
  };

  type Records = Awaited<ReturnType<typeof openEmpty>>;
  /** Takes from each replica, of which one at most gets a message, and ends that. */
  const take = async (replicas: readonly Records[]) => {
    const taken = (await Promise.all(replicas.map((replica) => replica.takeOutbox(1, 60_000)))).flat();
    expect(taken.length).toBeLessThan(2);
    for (const { id } of taken) await replicas[0]?.endOutbox(id);
    return taken[0]?.id;
  };
  /** Takes and ends one after the other, until nothing waits. */
  const drain = async (records: Records) => {
    const ids: string[] = [];
    for (let id = await take([records]); id !== undefined; id = await take([records])) ids.push(id);
    return ids;
  };

  describe(`a pause in ${database}`, () => {
    test("goes on with its object under the name that this is registered under by now", async () => {
      const records = await openEmpty();
      const [one, other] = [makePause({ address: "queue.batch" }), makePause({ address: "queue.nightly", at: FUTURE })];
      for (const pause of [one, other]) await records.addPause(pause, makeAudit());
      await records.bindPause(one.id, "queue.batch-2");
      expect(await records.readPauses("prod")).toEqual([{ ...one, registered_as: "queue.batch-2" }, other]);
      await records.endPauses("prod", "queue.batch", makeAudit());
      await records.bindPause(one.id, "queue.batch");
      expect(await records.readPauses("prod")).toEqual([other]);
    });

    test("that others took over ends with it for all but those that keep it", async () => {
      const records = await openEmpty();
      const [one, other] = [makePause(), makePause({ at: FUTURE, address: "queue.batch" })];
      for (const pause of [one, other]) await records.addPause(pause, makeAudit());
      for (const target of ["dev", "test"]) {
        const pauses = [one, other].map((pause) => ({ ...pause, target, id: nameTakenPause(pause.id, target) }));
        const holds = { pauses, decisions: [], applied: [], audit: [makeAudit({ target })] };
        await writeState(records, makeState({ target }), { holds });
        await writeState(records, makeState({ target }), { holds: { ...holds, audit: [] } });
      }
      expect(await records.endPauses("dev", null, makeAudit(), ["dev", "test"])).toBe(1);
      const left = async (target: string) => (await records.readPauses(target)).map(({ address }) => address);
      expect([await left("prod"), await left("dev"), await left("test")]).toEqual([
        ["queue.batch"],
        ["queue.batch"],
        [null, "queue.batch"],
      ]);
    });

    test("holds until it is over or lifted, for the target and for an address apart", async () => {
      const records = await openEmpty();
      const [whole, one, later] = [
        makePause(),
        makePause({ address: "queue.batch", at: FUTURE }),
        makePause({ until: FUTURE, at: PAST }),
      ];
      for (const pause of [whole, one, later, makePause({ until: PAST })]) await records.addPause(pause, makeAudit());
      expect(await records.readPauses("prod")).toEqual([later, whole, one]);
      expect([
        await records.endPauses("prod", null, makeAudit()),
        await records.endPauses("dev", null, makeAudit()),
      ]).toEqual([2, 0]);
      expect(await records.readPauses("prod")).toEqual([one]);
      expect([await records.endPauses("prod", "queue.batch", makeAudit()), await records.readPauses("prod")]).toEqual([
        1,
        [],
      ]);
    });
  });

  describe(`the outbox in ${database}`, () => {
    test("a key is taken once for each receiver, also after the message was delivered", async () => {
      const replicas = await openReplicas();
      const [records = expect.fail()] = replicas;
      const add = (receiver: string) =>
        replicas.map((replica) => replica.addOutbox([makeMessage({ receiver, key: "k" })]));
      expect(total(await Promise.all([...add("chat"), ...add("mail")]))).toBe(2);
      for (const { id } of await records.takeOutbox(10, 60_000)) await records.endOutbox(id);
      expect(total(await Promise.all(add("chat")))).toBe(0);
    });

    test("what is due is given to one of those who take at once, and put off", async () => {
      const replicas = await openReplicas();
      const [records = expect.fail()] = replicas;
      const messages = Array.from({ length: 20 }, (_, index) => makeMessage({ receiver: `chat-${index}` }));
      expect(await records.addOutbox(messages)).toBe(messages.length);
      const later = new Date(Date.now() + LONGEST_DELAY_MS / 2).toISOString();
      await records.addOutbox([makeMessage({ receiver: "later", due_at: later })]);
      const taken: OutboxEntry[] = [];
      for (let round = 0; taken.length < messages.length && round < 20; round += 1) {
        const batches = await Promise.all(replicas.map((replica) => replica.takeOutbox(3, 60_000)));
        taken.push(...batches.flat());
      }
      expect(taken.map(({ id }) => id).sort()).toEqual(messages.map(({ id }) => id).sort());
      expect(taken.every(({ attempts, due_at }) => attempts === 1 && due_at > PAST)).toBe(true);
      expect(await records.takeOutbox(3, 60_000)).toEqual([]);
    });

    test("nothing of a receiver is given to any replica while an older message of it has not ended", async () => {
      const replicas = await openReplicas();
      const [records = expect.fail(), other = expect.fail()] = replicas;
      const [first = expect.fail(), second = expect.fail()] = makeQueue(2);
      const mail = makeMessage({ receiver: "mail" });
      await records.addOutbox([first, second, mail]);
      expect(await records.takeOutbox(9, 60_000)).toHaveLength(2);
      expect(await other.takeOutbox(9, 60_000)).toEqual([]);
      const pause = new Date(Date.now() + LONGEST_DELAY_MS / 2).toISOString();
      await records.deferOutbox(first.id, pause);
      for (const replica of replicas) expect(await replica.takeOutbox(9, 60_000)).toEqual([]);
      await records.deferOutbox(first.id, PAST);
      expect(await other.takeOutbox(9, 60_000)).toMatchObject([{ id: first.id, attempts: 2 }]);
      await other.endOutbox(first.id);
      expect(await records.takeOutbox(9, 60_000)).toMatchObject([{ id: second.id, attempts: 1 }]);
    });

    test("the messages of a receiver are given out in their order, however many replicas take at once", async () => {
      const replicas = await openReplicas();
      const [records = expect.fail()] = replicas;
      const messages = makeQueue(12);
      await records.addOutbox(messages);
      const taken: string[] = [];
      for (let round = 0; taken.length < messages.length && round < messages.length; round += 1) {
        const batches = await Promise.all(replicas.map((replica, index) => replica.takeOutbox(index + 1, 60_000)));
        const [one, ...more] = batches.flat();
        expect(more).toEqual([]);
        if (one !== undefined) await records.endOutbox(one.id);
        taken.push(...(one === undefined ? [] : [one.id]));
      }
      expect(taken).toEqual(messages.map(({ id }) => id));
    });

    test("messages are given out in the order in which they were added, whatever their ids and a clock that was set back say", async () => {
      const records = await openEmpty();
      const messages = makeQueue(9).sort((one, other) => (one.id < other.id ? 1 : -1));
      await records.addOutbox(messages.slice(0, 6));
      await records.addOutbox(messages.slice(6));
      expect(await drain(records)).toEqual(messages.map(({ id }) => id));
    });

    test("the targets of a receiver take turns: none waits for the backlog of another, and each has its order", async () => {
      const [records = expect.fail(), other = expect.fail()] = await openReplicas();
      const [many, few] = [makeQueue(6, "many"), makeQueue(2, "few")];
      await records.addOutbox([...many, ...few]);
      expect([await take([records]), await take([other]), await take([records])]).toEqual([
        many[0]?.id,
        few[0]?.id,
        many[1]?.id,
      ]);
      const late = makeQueue(1, "late");
      await records.addOutbox(late);
      const rest = await drain(records);
      expect(rest.slice(0, 2)).toEqual([late[0]?.id, few[1]?.id]);
      expect(rest.slice(2)).toEqual(many.slice(2).map(({ id }) => id));
    });

    test("a message that is put off keeps back its target alone; one whose receiver rests keeps back all of that, also what comes later, and is the first after it", async () => {
      const replicas = await openReplicas();
      const [records = expect.fail(), other = expect.fail()] = replicas;
      const [a = expect.fail(), b = expect.fail()] = [makeQueue(1, "a")[0], makeQueue(1, "b")[0]];
      await records.addOutbox([a, b, makeMessage({ receiver: "mail", id: "mail" })]);
      const later = new Date(Date.now() + LONGEST_DELAY_MS / 2).toISOString();
      const taken = async () => (await other.takeOutbox(9, 60_000, ["mail"])).map(({ id }) => id);
      expect(await taken()).toEqual([a.id]);
      await records.deferOutbox(a.id, later, true);
      await records.addOutbox(makeQueue(1, "c"));
      for (const replica of replicas) expect(await replica.takeOutbox(9, 60_000, ["mail"])).toEqual([]);
      expect(await other.takeOutbox(9, 60_000)).toMatchObject([{ id: "mail" }]);
      await records.deferOutbox(a.id, PAST, true);
      expect(await taken()).toEqual([a.id]);
      await records.deferOutbox(a.id, later);
      expect(await taken()).toEqual([b.id]);
    });

    test("what a process that is gone had taken comes first, and the newer ones after it", async () => {
      const records = await openEmpty();
      const [first = expect.fail(), second = expect.fail()] = makeQueue(2);
      await records.addOutbox([first, second]);
      // As one that was killed leaves it: its time is over.
      await records.takeOutbox(9, 0);
      expect(await records.takeOutbox(9, 60_000)).toMatchObject([{ id: first.id, attempts: 2 }]);
      expect(await records.takeOutbox(9, 60_000)).toEqual([]);
      await records.endOutbox(first.id);
      expect(await records.takeOutbox(9, 60_000)).toMatchObject([{ id: second.id, attempts: 1 }]);
    });

    test("a state is on record if and only if the messages and alarms that go with it are", async () => {
      const records = await openEmpty();
      const [state, message] = [makeState({ target: "told" }), makeMessage()];
      const broken = { ...message, receiver: null as never };
      await expect(writeState(records, state, { messages: [message, broken], alarms: [] })).rejects.toThrow();
      expect([await records.readState("told"), await records.takeOutbox(5, 0)]).toEqual([null, []]);
      await writeState(records, state, { messages: [message], alarms: [] });
      expect(await records.takeOutbox(5, 60_000)).toMatchObject([{ id: message.id }]);
      expect(await records.readState("told")).toEqual(state);
    });

    test("the messages of receivers that are left out stay for the next one who takes", async () => {
      const records = await openEmpty();
      const [chat, mail] = [makeMessage({ receiver: "chat" }), makeMessage({ receiver: "mail" })];
      await records.addOutbox([chat, mail]);
      expect(await records.takeOutbox(1, 60_000, ["chat", "other"])).toMatchObject([{ id: mail.id }]);
      expect(await records.takeOutbox(5, 60_000)).toMatchObject([{ id: chat.id, attempts: 1 }]);
    });

    test("a message that a clock which ran ahead has put off for longer than any is put off is due", async () => {
      const records = await openEmpty();
      const message = makeMessage({ due_at: new Date(Date.now() + 26 * LONGEST_DELAY_MS).toISOString() });
      await records.addOutbox([message]);
      expect(await records.takeOutbox(5, 60_000)).toMatchObject([{ id: message.id, attempts: 1 }]);
      expect(await records.takeOutbox(5, 60_000)).toEqual([]);
    });

    test("a message comes again when its time is over or was set, and not after it has ended", async () => {
      const records = await openEmpty();
      const message = makeMessage();
      await records.addOutbox([message]);
      expect(await records.takeOutbox(5, 0)).toMatchObject([{ ...message, attempts: 1, due_at: expect.any(String) }]);
      expect(await records.takeOutbox(5, 60_000)).toMatchObject([{ id: message.id, attempts: 2 }]);
      await records.deferOutbox(message.id, PAST);
      expect(await records.takeOutbox(5, 0)).toMatchObject([{ id: message.id, attempts: 3 }]);
      await records.endOutbox(message.id);
      await records.deferOutbox(message.id, PAST);
      expect(await records.takeOutbox(5, 0)).toEqual([]);
    });

    test("a delivery of a webhook is taken once", async () => {
      const replicas = await openReplicas();
      for (const id of ["a", "b"]) {
        expect(count(await Promise.all(replicas.map((replica) => replica.takeDelivery(id, null))))).toBe(1);
      }
    });
  });
}
