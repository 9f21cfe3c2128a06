import { expect, onTestFinished, test } from "vitest";
import type { NotifyEvent } from "../../../src/daemon/notify/event.ts";
import { findEvents } from "../../../src/daemon/notify/find-events.ts";
import { queueEvents } from "../../../src/daemon/notify/queue-events.ts";
import { reportAbandoned } from "../../../src/daemon/report-abandoned.ts";
import type { DaemonConfig } from "../../../src/model/daemon/daemon-config.ts";
import { OUTBOX_ROOM, SHARE_OF_SUBJECTS } from "../../../src/model/daemon/outbox-room.ts";
import { openDatabase } from "../../../src/store/open-store.ts";
import { ENDED_ROOM } from "../../../src/store/records/trim-ended.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { ACME } from "../../store/acme.ts";
import { writeState } from "../../store/make-records.ts";
import { makeEvent } from "./make-event.ts";
import { makeFacts, makeState, minutesAgo } from "./make-state.ts";
import { makeReceiver } from "./open-sender-world.ts";

/** A store with receivers, and a target of which passes find queues without a cluster. */
async function openWorld() {
  const { records, storeOf, close } = await openDatabase(makeTemporaryFolder());
  onTestFinished(close);
  const notifications = [makeReceiver({ name: "chat" }), makeReceiver({ name: "away" })];
  let ids = 0;
  const options = { records, notifications, public_url: null, newId: () => `delivery-${++ids}` };
  let serial = 0;
  return {
    records,
    queue: (...events: readonly NotifyEvent[]) => queueEvents(options, { events, alarms: [] }),
    refuse: (count: number, message = "Not signed.", target = "production") =>
      queueEvents(options, {
        events: Array.from({ length: count }, () => {
          serial += 1;
          return { ...makeEvent({ type: "refused", message }, target), key: `${target}/refused/${serial}` };
        }),
        alarms: [],
      }),
    /** A pass that finds queues without a cluster. */
    look: async (...queues: readonly string[]) => {
      const unreachable = queues.map((queue) => ({
        queue,
        waiting: 2,
        reason: "it selects none",
        since: minutesAgo(3),
      }));
      const state = makeState("Synced", { kind: "synced" }, { unreachable });
      const alarms = await records.readAlarms("production");
      return queueEvents(options, findEvents(state, state, makeFacts({ unreachable, alarms })));
    },
    /** The target is left out of the configuration during a rollout. */
    abandon: async () => {
      const objects = ["queue.any"];
      const begun = { revision: "abc", objects, run: null };
      const place = JSON.stringify([ACME.endpoint, ACME.org, "", "", "", ":"]);
      await writeState(records, makeState("Synced", { kind: "synced" }, { place, begun }));
      const config = { targets: [], notifications } as unknown as DaemonConfig;
      const openLedger = () => storeOf(ACME);
      await reportAbandoned({ ...{ records, config, openLedger }, log: { warn: () => {} }, public_url: null });
    },
    /** Sends what waits for a receiver, as far as there are so many, and gives what it was told. */
    send: async (receiver: string, most = Number.POSITIVE_INFINITY) => {
      const sent: { readonly event: string; readonly details: Record<string, unknown> }[] = [];
      while (sent.length < most) {
        const [entry] = await records.takeOutbox(
          9,
          60_000,
          ["chat", "away"].filter((name) => name !== receiver),
        );
        if (entry === undefined) break;
        sent.push(JSON.parse(entry.body));
        await records.endOutbox(entry.id);
      }
      return sent;
    },
    waiting: async (target = "production") =>
      Object.fromEntries((await records.readLines(target)).map(({ receiver, messages }) => [receiver, messages])),
  };
}

test("beyond so many messages about a target none waits for a receiver, and one message says how many were left out", async () => {
  const { refuse, send, waiting, records } = await openWorld();
  await refuse(OUTBOX_ROOM.messages - 1);
  expect(await send("chat")).toHaveLength(OUTBOX_ROOM.messages - 1);
  for (const _again of [1, 2]) await refuse(3);
  expect(await waiting()).toEqual({ away: OUTBOX_ROOM.messages + 1, chat: 6 });
  const sent = await send("away", OUTBOX_ROOM.messages);
  expect(sent.every(({ event }) => event === "refused")).toBe(true);
  // The message is being sent: what is left out from then on is another one.
  const [notice] = await records.takeOutbox(9, 0, ["chat"]);
  expect(JSON.parse(notice?.body ?? "")).toMatchObject({ event: "left_out", details: { messages: 5 } });
  await refuse(OUTBOX_ROOM.messages);
  const rest = await send("away");
  const told = rest.flatMap(({ event, details }) => (event === "left_out" ? [details.messages] : []));
  expect([rest[0]?.event, told]).toEqual(["left_out", [5, 1]]);
  expect(await waiting("other")).toEqual({});
  await refuse(2, "Not signed.", "other");
  expect(await waiting("other")).toEqual({ away: 2, chat: 2 });
});

test("beyond so many bytes about a target none waits either", async () => {
  const { refuse, waiting, send } = await openWorld();
  for (let round = 0; round < 6; round += 1) await refuse(1, "x".repeat(OUTBOX_ROOM.bytes / 8));
  expect((await waiting()).chat).toBeLessThan(6);
  expect((await send("chat")).at(-1)).toMatchObject({ event: "left_out" });
});

test("the end of an alarm is never left out where its alarm was sent, and is left out where that was", async () => {
  const { refuse, look, send } = await openWorld();
  await look("sent", "ended");
  await refuse(OUTBOX_ROOM.messages);
  await look("sent", "missed");
  await look("missed");
  await look();
  const told = (await send("chat")).flatMap(({ event, details }) =>
    event === "queue_unreachable" || event === "recovered" ? [`${event} ${details.queue ?? details.subject}`] : [],
  );
  expect(told).toEqual([
    ...["queue_unreachable sent", "queue_unreachable ended"],
    ...["recovered ended", "recovered sent"],
  ]);
  await look("missed");
  await look();
  expect((await send("chat")).map(({ event }) => event)).toEqual(["queue_unreachable", "recovered"]);
});

test("an alarm that lasts is sent once there is room, to those that missed it alone, counts once as left out, and ends as any other", async () => {
  const { refuse, look, send } = await openWorld();
  const told = async (receiver: string) =>
    (await send(receiver)).flatMap(({ event, details }) =>
      event === "refused" ? [] : [[event, details.queue ?? details.subject ?? details.messages]],
    );
  await refuse(OUTBOX_ROOM.messages);
  expect(await told("away")).toEqual([]);
  for (const _again of [1, 2, 3]) await look("lasting");
  expect(await told("away")).toEqual([["queue_unreachable", "lasting"]]);
  expect(await told("chat")).toEqual([["left_out", 1]]);
  for (const _again of [1, 2]) await look("lasting");
  expect([await told("away"), await told("chat")]).toEqual([[], [["queue_unreachable", "lasting"]]]);
  await look("lasting");
  await look();
  const end = [["recovered", "lasting"]];
  expect([await told("away"), await told("chat")]).toEqual([end, end]);
});

test("a target that was abandoned during a rollout is known not to be reported where there was no room for that", async () => {
  const { refuse, look, send, abandon } = await openWorld();
  const told = async (receiver: string) =>
    (await send(receiver)).flatMap(({ event }) => (event === "stalled" || event === "recovered" ? [event] : []));
  await refuse(OUTBOX_ROOM.messages);
  await abandon();
  expect([await told("away"), await told("chat")]).toEqual([[], []]);
  await look();
  expect(await told("away")).toEqual([]);
  await refuse(OUTBOX_ROOM.messages);
  await abandon();
  await told("away");
  for (const _again of [1, 2]) await abandon();
  await look();
  expect([await told("away"), await told("chat")]).toEqual([["stalled", "recovered"], []]);
});

test("a target that was abandoned during a rollout is reported once, also where it stood still before", async () => {
  const { records, send, abandon } = await openWorld();
  const [since, ended_at] = [minutesAgo(9), minutesAgo(5)];
  const former = { target: "production", type: "stalled", subject: "", serial: 1, since, ended_at } as const;
  await records.addOutbox([], [former]);
  for (const _again of [1, 2]) await abandon();
  expect((await send("chat")).map(({ event }) => event)).toEqual(["stalled"]);
});

test("alarms of queues leave room for all others, and a fact that is on its way takes none", async () => {
  const { look, refuse, queue, waiting, send } = await openWorld();
  for (let pass = 0; pass < 12; pass += 1) {
    await look(...Array.from({ length: 90 }, (_, index) => `q${pass}-${index}`));
  }
  const most = OUTBOX_ROOM.messages * SHARE_OF_SUBJECTS;
  expect((await waiting()).chat).toBe(most + 1);
  await refuse(OUTBOX_ROOM.messages - most - 1);
  expect((await waiting()).chat).toBe(OUTBOX_ROOM.messages);
  const known = { ...makeEvent({ type: "refused", message: "Not signed." }), key: "production/refused/1" };
  for (const _again of [1, 2]) await queue(known);
  const notices = (await send("chat")).filter(({ event }) => event === "left_out");
  expect(notices.map(({ details }) => details)).toMatchObject([{ messages: 12 * 90 - most, since: expect.anything() }]);
});

test("of many messages that are added together to an empty line none is beyond the bytes either", async () => {
  const { queue, waiting } = await openWorld();
  const message = "x".repeat(OUTBOX_ROOM.bytes / 4);
  const events = Array.from({ length: 8 }, (_, index) => ({
    ...{ ...makeEvent({ type: "refused", message }), key: `production/refused/${index}` },
  }));
  await queue(...events);
  expect((await waiting()).chat).toBeLessThan(6);
});

test("what is found again and again stays known while others are trimmed, also where the line of another receiver is full", async () => {
  const { refuse, queue, send } = await openWorld();
  const message = "This one is found again and again.";
  const known = { ...makeEvent({ type: "refused", message }), key: "production/refused/known" };
  await queue(known);
  await refuse(OUTBOX_ROOM.messages);
  const told: unknown[] = [];
  for (let round = 0; round < 4; round += 1) {
    told.push(...(await send("chat")).map(({ details }) => details.message));
    await queue(known);
    await refuse(ENDED_ROOM.between);
  }
  expect(told.filter((one) => one === message)).toEqual([message]);
});
