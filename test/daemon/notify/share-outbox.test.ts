import { describe, expect, test } from "vitest";
import type { SenderOptions } from "../../../src/daemon/notify/create-sender.ts";
import type { EventDetails } from "../../../src/daemon/notify/event.ts";
import { REFUSED } from "./make-event.ts";
import { answerWith, openReceiver } from "./open-receiver.ts";
import { dueIn, idsOf, makeReceiver, never, openWorld } from "./open-sender-world.ts";

/** A sleep lets the others go on, and takes no time. */
const TURNS: SenderOptions["clock"] = { now: () => 0, sleep: () => new Promise((resolve) => setImmediate(resolve)) };

const nameDeliveries = (count: number) => Array.from({ length: count }, (_, index) => `delivery-${index + 1}`);

describe("several messages and senders", () => {
  const many = Array.from({ length: 50 }, (_, index): EventDetails => ({ type: "drift_gone", since: String(index) }));

  test("two senders on one outbox send each message once", async () => {
    const { outbox, receiver, open, queue } = await openWorld();
    await queue(...many);
    const drain = async () => {
      const sender = open();
      while ((await sender.sendDue(never)) > 0);
    };
    await Promise.all([drain(), drain()]);
    expect(outbox.waiting()).toEqual([]);
    expect(idsOf(receiver)).toHaveLength(50);
    expect(new Set(idsOf(receiver)).size).toBe(50);
  });

  test("those of one receiver come in their order, without a pause between them", async () => {
    const { receiver, open, queue } = await openWorld();
    await queue(...many.slice(0, 10));
    const sender = open();
    while ((await sender.sendDue(never)) > 0);
    expect(idsOf(receiver)).toEqual(nameDeliveries(10));
  });

  test("a target's message waits for none of another target's, whose own come in their order", async () => {
    const { receiver, open, queue, queueOf } = await openWorld();
    await queueOf("crowded", ...many.slice(0, 10));
    await queue(REFUSED);
    const sender = open();
    while ((await sender.sendDue(never)) > 0);
    const [first, second, ...rest] = nameDeliveries(10);
    expect(idsOf(receiver)).toEqual([first, "delivery-11", second, ...rest]);
  });

  test("a message that fails keeps back those of its target alone; a limit of the receiver keeps back all, and each gets through", async () => {
    const { outbox, receiver, open, queue, queueOf } = await openWorld();
    receiver.behave(answerWith(503));
    await queue(REFUSED, ...many.slice(0, 1));
    const sender = open();
    await sender.sendDue(never);
    await queueOf("other", REFUSED, ...many.slice(0, 1));
    let isLimited = true;
    // As one that lets every other call through.
    receiver.behave((answer) => {
      isLimited = !isLimited;
      answer.writeHead(isLimited ? 429 : 200, { "retry-after": "20" }).end();
    });
    while ((await sender.sendDue(never)) > 0);
    expect(idsOf(receiver)).toEqual(["delivery-1", "delivery-3", "delivery-4"]);
    outbox.pass(19_000);
    expect(await sender.sendDue(never)).toBe(0);
    for (const _again of [1, 2, 3]) {
      outbox.pass(20_000);
      while ((await sender.sendDue(never)) > 0);
    }
    expect(idsOf(receiver).slice(3)).toEqual(["delivery-1", "delivery-4", "delivery-4", "delivery-2", "delivery-2"]);
    expect(outbox.waiting()).toEqual([]);
  });

  test("a sender that stops finishes the call under way and leaves what it has not begun", async () => {
    const { outbox, receiver, open, queue } = await openWorld({ clock: TURNS });
    await queue(...many.slice(0, 3));
    const stop = new AbortController();
    receiver.behave((answer) => {
      stop.abort();
      answer.end();
    });
    await open().run(stop.signal);
    expect(idsOf(receiver)).toEqual(["delivery-1"]);
    expect(dueIn(outbox)).toEqual([0, 0]);
  });

  test("a message that another sender has in hand is passed by no newer one", async () => {
    const { receiver, open, queue } = await openWorld();
    await queue(...many.slice(0, 3));
    const [arrived, held] = [Promise.withResolvers(), Promise.withResolvers<() => void>()];
    receiver.behave((answer) => {
      arrived.resolve(null);
      held.resolve(() => answer.end());
    });
    const [one, other] = [open(), open()];
    const sending = one.sendDue(never);
    await arrived.promise;
    await queue(...many.slice(0, 4));
    expect(await other.sendDue(never)).toBe(0);
    receiver.behave((answer) => answer.end());
    (await held.promise)();
    await sending;
    while ((await other.sendDue(never)) > 0);
    expect(idsOf(receiver)).toEqual([...nameDeliveries(3), "delivery-7"]);
  });

  test("a receiver in the pause before its next try keeps no other one waiting", async () => {
    const notifications = [
      makeReceiver({ events: ["refused"] }),
      makeReceiver({ name: "down", url: { env: "DOWN" }, events: ["drift_gone"] }),
    ];
    const { receiver, open, queue } = await openWorld({ notifications, limits: { batch: 2 } });
    const down = await openReceiver();
    down.behave(answerWith(503));
    await queue(...many);
    const sender = open({
      readSecret: (reference) => ("env" in reference && reference.env === "DOWN" ? down.url : receiver.url),
    });
    await sender.sendDue(never);
    await queue(REFUSED);
    await sender.sendDue(never);
    expect([idsOf(receiver), idsOf(down)]).toEqual([["delivery-51"], ["delivery-1"]]);
  });

  test("a sender that was killed loses nothing: another one sends it, with the same id, after the hold", async () => {
    const { outbox, receiver, open, queue } = await openWorld();
    await queue(REFUSED);
    await outbox.takeOutbox(20, 300_000);
    const sender = open();
    expect(await sender.sendDue(never)).toBe(0);
    outbox.pass(300_000);
    expect(await sender.sendDue(never)).toBe(1);
    expect(idsOf(receiver)).toEqual(["delivery-1"]);
  });

  test("what a killed sender had in hand comes before what was added since", async () => {
    const { outbox, receiver, open, queue } = await openWorld();
    await queue(...many.slice(0, 1));
    await outbox.takeOutbox(20, 300_000);
    await queue(many[0] ?? expect.fail(), many[1] ?? expect.fail());
    const sender = open();
    expect(await sender.sendDue(never)).toBe(0);
    outbox.pass(300_000);
    while ((await sender.sendDue(never)) > 0);
    expect(idsOf(receiver)).toEqual(["delivery-1", "delivery-3"]);
  });

  test("a sender that was frozen until its hold ran out leaves the message to the next one", async () => {
    let time = 0;
    const { outbox, receiver, open, queue } = await openWorld({
      clock: { now: () => time, sleep: async () => undefined },
      limits: { hold_ms: 60_000, timeout_ms: 10_000 },
    });
    await queue(...many.slice(0, 3));
    const takeOutbox: SenderOptions["records"]["takeOutbox"] = async (...given) => {
      const taken = await outbox.takeOutbox(...given);
      time += 51_000;
      return taken;
    };
    await open({ records: { ...outbox, takeOutbox } }).sendDue(never);
    expect(idsOf(receiver)).toEqual([]);
    expect(dueIn(outbox)).toEqual([60, 0, 0]);
  });

  test("a receiver that never answers keeps no other one waiting, however many messages wait for it", async () => {
    const notifications = [
      makeReceiver({ events: ["refused"] }),
      makeReceiver({ name: "hung", url: { env: "HUNG" }, events: ["drift_gone"] }),
    ];
    const { receiver, open, queue } = await openWorld({ notifications });
    const hung = await openReceiver();
    const [stop, arrived, told] = [new AbortController(), Promise.withResolvers(), Promise.withResolvers()];
    hung.behave(() => arrived.resolve(null));
    receiver.behave((answer) => {
      answer.end();
      told.resolve(null);
    });
    await queue(...many);
    const running = open({
      readSecret: (reference) => ("env" in reference && reference.env === "HUNG" ? hung.url : receiver.url),
      clock: TURNS,
    }).run(stop.signal);
    await arrived.promise;
    await queue(REFUSED);
    await told.promise;
    expect(hung.received).toHaveLength(1);
    stop.abort();
    await hung.close();
    await running;
  });

  test("a message that is added while it rests is sent as soon as somebody says so", async () => {
    const clock: SenderOptions["clock"] = {
      now: () => 0,
      // Its next look by itself never comes.
      sleep: (_milliseconds, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted === true) resolve();
          signal?.addEventListener("abort", () => resolve());
        }),
    };
    const { outbox, receiver, open, queue } = await openWorld({ clock });
    const [stop, rested, told] = [new AbortController(), Promise.withResolvers(), Promise.withResolvers()];
    const takeOutbox: SenderOptions["records"]["takeOutbox"] = async (...given) => {
      const taken = await outbox.takeOutbox(...given);
      rested.resolve(null);
      return taken;
    };
    receiver.behave((answer) => {
      answer.end();
      told.resolve(null);
    });
    let say = () => {};
    const subscribe: SenderOptions["subscribe"] = (listen) => {
      say = listen;
    };
    const running = open({ records: { ...outbox, takeOutbox }, subscribe }).run(stop.signal);
    await rested.promise;
    await queue(REFUSED);
    say();
    await told.promise;
    stop.abort();
    await running;
  });

  test("runs until it is told to stop, also when the store is away for a while", async () => {
    const { outbox, receiver, lines, open, queue } = await openWorld();
    await queue(REFUSED);
    const stop = new AbortController();
    let calls = 0;
    const takeOutbox: SenderOptions["records"]["takeOutbox"] = async (...given) => {
      calls += 1;
      if (calls === 1) throw new Error("the database is away");
      return outbox.takeOutbox(...given);
    };
    receiver.behave((answer) => {
      stop.abort();
      answer.end();
    });
    await open({ records: { ...outbox, takeOutbox }, clock: TURNS }).run(stop.signal);
    expect(lines[0]).toContain("the database is away");
    expect(outbox.waiting()).toEqual([]);
  });
});
