import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { NotifyEvent } from "../../../src/daemon/notify/event.ts";
import { queueEvents } from "../../../src/daemon/notify/queue-events.ts";
import { EVENT_TYPES } from "../../../src/model/daemon/notification-names.ts";
import { SOON_MS } from "../../set-up/patience.ts";
import { ALL_EVENTS, REFUSED } from "./make-event.ts";
import { openOutbox } from "./open-outbox.ts";
import { answerWith, type Receiver } from "./open-receiver.ts";
import { dueIn, idsOf, makeReceiver, never, openWorld } from "./open-sender-world.ts";

/** The event with a value in each text that may be of people, manifests or servers. */
function plant(
  { key, at, target, revision, run_id, status, type, ...details }: NotifyEvent,
  canary: string,
): NotifyEvent {
  const isCode = (name: string) => ["cause", "step", "code", "alarm", "was"].includes(name);
  const planted = JSON.parse(JSON.stringify(details), (name, value) =>
    typeof value === "string" && !isCode(name) ? `${value} ${canary}` : value,
  );
  const told = { ...status, message: `${status.message} ${canary}` };
  return { ...{ key, at, target, revision, run_id, type }, ...planted, status: told };
}

describe("events for receivers", () => {
  test("a fact that two replicas find is told once to each receiver", async () => {
    const notifications = [makeReceiver(), makeReceiver({ name: "other" })];
    const { outbox, queue } = await openWorld({ notifications });
    const counts = await Promise.all([queue(REFUSED), queue(REFUSED)]);
    expect(counts.toSorted()).toEqual([0, 2]);
    expect(outbox.waiting().map(({ receiver }) => receiver)).toEqual(["audit", "other"]);
  });

  test("a receiver hears of its events and targets alone, and of heartbeats and writes where it names them", async () => {
    const notifications = [
      makeReceiver({ name: "all" }),
      makeReceiver({ name: "pulse", events: ["heartbeat"] }),
      makeReceiver({ name: "elsewhere", targets: ["staging"] }),
    ];
    const outbox = openOutbox();
    await queueEvents(
      { records: outbox, notifications, public_url: null, newId: () => crypto.randomUUID() },
      { events: ALL_EVENTS, alarms: [] },
    );
    const names = outbox.waiting().map(({ receiver }) => receiver);
    expect(names.filter((name) => name === "all")).toHaveLength(ALL_EVENTS.length - 2);
    expect(names.filter((name) => name !== "all")).toEqual(["pulse"]);
  });
});

describe("a message about a target that is not sealed by the rules that count now", () => {
  test.each(["webhook", "slack"] as const)(
    "is sent without what people and servers said, and still says where something is: %s",
    async (type) => {
      const notifications = [makeReceiver({ type, template: "{{text}} {{message}}", events: [...EVENT_TYPES] })];
      const { receiver, open, outbox } = await openWorld({ notifications });
      const canary = "canary-4711";
      const events = ALL_EVENTS.map((event) => plant(event, canary));
      const options = {
        records: outbox,
        notifications,
        public_url: "https://gitops.example.com",
        newId: () => crypto.randomUUID(),
      };
      await queueEvents(options, { events, alarms: [] });
      expect(outbox.waiting().filter(({ body }) => body.includes(canary)).length).toBeGreaterThan(0);
      const sender = open({ listUnsealed: async () => ["production"] });
      while ((await sender.sendDue(never)) > 0);
      expect(receiver.received).toHaveLength(new Set(events.map(({ key }) => key)).size);
      for (const { body } of receiver.received) {
        expect(body).not.toContain(canary);
        expect(body).toMatch(/production.*The details of this message are withheld.*targets\/production/);
      }
    },
  );

  test.each([
    ["slack", "webhook"],
    ["webhook", "slack"],
  ] as const)(
    "says nothing more to a receiver that was of the type %s when it was queued, and is a %s now",
    async (type, now) => {
      const { receiver, open, outbox } = await openWorld({ notifications: [makeReceiver({ type: now })] });
      const queued = [makeReceiver({ type, events: [...EVENT_TYPES] })];
      const events = ALL_EVENTS.map((event) => plant(event, "canary-4711"));
      const options = { records: outbox, notifications: queued, public_url: null, newId: () => crypto.randomUUID() };
      await queueEvents(options, { events, alarms: [] });
      const sender = open({ listUnsealed: async () => ["production"] });
      while ((await sender.sendDue(never)) > 0);
      expect(receiver.received.length).toBeGreaterThan(0);
      for (const { body } of receiver.received) {
        expect(body).not.toContain("canary-4711");
        expect(JSON.parse(body)).toHaveProperty(now === "slack" ? "blocks" : "details");
      }
    },
  );

  test("is sent as it is where another target is meant", async () => {
    const { receiver, open, queue } = await openWorld();
    await queue(REFUSED);
    await open({ listUnsealed: async () => ["staging"] }).sendDue(never);
    expect(receiver.received[0]?.body).not.toContain("withheld");
  });
});

describe("a message", () => {
  test("is posted once, signed so that a receiver can check body, time and id", async () => {
    const { outbox, receiver, results, open, queue } = await openWorld();
    await queue(REFUSED);
    expect(await open().sendDue(never)).toBe(1);
    const [message] = receiver.received;
    const timestamp = message?.headers["x-poolkeeper-timestamp"];
    const expected = createHmac("sha256", "signing-secret").update(`${timestamp}.${message?.body}`).digest("hex");
    expect(message?.headers).toMatchObject({
      "content-type": "application/json",
      "x-poolkeeper-delivery": "delivery-1",
      "x-poolkeeper-signature-256": `sha256=${expected}`,
    });
    expect(timestamp).toBe(String(Date.parse("2026-11-21T12:00:00.000Z") / 1000));
    expect(JSON.parse(message?.body ?? "")).toMatchObject({ id: "delivery-1", event: "refused" });
    expect(outbox.waiting()).toEqual([]);
    expect(results).toEqual(["audit sent"]);
  });

  test("for Slack carries no headers of ours", async () => {
    const { receiver, open, queue } = await openWorld({
      notifications: [makeReceiver({ type: "slack", secret: null })],
    });
    await queue(REFUSED);
    await open().sendDue(never);
    expect(Object.keys(receiver.received[0]?.headers ?? {}).filter((name) => name.startsWith("x-"))).toEqual([]);
  });

  test.each([408, 429, 500, 503])("that is answered with %i is tried again later, with the same id", async (status) => {
    const { outbox, receiver, open, queue } = await openWorld();
    receiver.behave(answerWith(status));
    await queue(REFUSED);
    const sender = open();
    await sender.sendDue(never);
    expect(dueIn(outbox)).toEqual([30]);
    receiver.behave(answerWith(204));
    expect(await sender.sendDue(never)).toBe(0);
    outbox.pass(30_000);
    await sender.sendDue(never);
    expect(idsOf(receiver)).toEqual(["delivery-1", "delivery-1"]);
    expect(outbox.waiting()).toEqual([]);
  });

  test.each([400, 401, 404, 410, 302])(
    "that is answered with %i is not tried again, and no redirect is followed",
    async (status) => {
      const { outbox, receiver, results, open, queue } = await openWorld();
      receiver.behave(answerWith(status, { location: "/elsewhere" }, "no_service"));
      await queue(REFUSED);
      await open().sendDue(never);
      expect(outbox.waiting()).toEqual([]);
      expect(receiver.received).toHaveLength(1);
      expect(results).toEqual(["audit refused"]);
    },
  );

  test("waits as long as the receiver asks for, but an hour at most; what is behind it waits too", async () => {
    const { outbox, receiver, open, queue } = await openWorld();
    receiver.behave(answerWith(429, { "retry-after": "90" }));
    await queue(REFUSED, { type: "drift_gone", since: "x" });
    await open().sendDue(never);
    expect(dueIn(outbox)).toEqual([90, 0]);
    outbox.pass(89_000);
    expect(await open().sendDue(never)).toBe(0);
    expect(receiver.received).toHaveLength(1);
    outbox.pass(-89_000);
    receiver.behave(answerWith(503, { "retry-after": "86400" }));
    outbox.pass(100_000);
    await open().sendDue(never);
    expect(dueIn(outbox)[0]).toBe(100 + 3_600);
  });

  test.each([
    ["is away for a while", (receiver: Receiver) => receiver.behave(answerWith(503))],
    ["limits", (receiver: Receiver) => receiver.behave(answerWith(429, { "retry-after": "20" }))],
    ["cuts the connection", (receiver: Receiver) => receiver.behave((answer) => answer.destroy())],
  ])("comes before all newer ones where its receiver %s, and they come right after it", async (_name, prepare) => {
    const { outbox, receiver, open, queue } = await openWorld();
    prepare(receiver);
    await queue(REFUSED, { type: "drift_gone", since: "x" });
    const sender = open();
    await sender.sendDue(never);
    receiver.behave(answerWith(200));
    await queue(REFUSED, REFUSED, { type: "drift_gone", since: "y" });
    expect(await sender.sendDue(never)).toBe(0);
    outbox.pass(30_000);
    while ((await sender.sendDue(never)) > 0);
    expect(idsOf(receiver)).toEqual(["delivery-1", "delivery-1", "delivery-2", "delivery-4", "delivery-5"]);
    expect(outbox.waiting()).toEqual([]);
  });

  test.each([
    ["given up", 503, {}],
    ["refused", 400, {}],
    ["dropped", 200, { notifications: () => [] }],
  ])("that is %s frees the next one, which has all of its tries", async (_name, status, more) => {
    const { outbox, receiver, open, queue } = await openWorld({ limits: { attempts: 2 } });
    receiver.behave(answerWith(status));
    await queue(REFUSED, { type: "drift_gone", since: "x" });
    const sender = open(more);
    while (outbox.waiting().some(({ id }) => id === "delivery-1")) {
      await sender.sendDue(never);
      outbox.pass(30_000);
    }
    expect(outbox.waiting()).toMatchObject([{ id: "delivery-2", attempts: 0 }]);
  });

  test("is not tried again once it is a day old: those behind a receiver that is gone for good don't add up", async () => {
    const { outbox, receiver, results, open, queue } = await openWorld();
    receiver.behave(answerWith(503));
    await queue(REFUSED, { type: "drift_gone", since: "x" });
    outbox.pass(86_400_000);
    const sender = open();
    while ((await sender.sendDue(never)) > 0);
    expect(outbox.waiting()).toEqual([]);
    expect(results).toEqual(["audit given_up", "audit given_up"]);
  });

  test("is given up after the last try, with pauses that double up to the longest", async () => {
    const { outbox, receiver, results, lines, open, queue } = await openWorld({
      limits: { attempts: 4, longest_pause_ms: 100_000 },
    });
    receiver.behave(answerWith(500));
    await queue(REFUSED);
    const pauses: number[] = [];
    while (outbox.waiting().length > 0) {
      const before = Date.parse(await outbox.now());
      await open().sendDue(never);
      const due = outbox.waiting()[0]?.due_at;
      if (due === undefined) break;
      pauses.push((Date.parse(due) - before) / 1000);
      outbox.pass(Date.parse(due) - before);
    }
    expect(pauses).toEqual([30, 60, 100]);
    expect(results.at(-1)).toBe("audit given_up");
    expect(lines.at(-1)).toContain("it is not retried");
  });

  test.each([
    [
      "cuts the connection",
      (receiver: Receiver) => receiver.behave((answer) => answer.destroy()),
      "connection_cut",
      {},
    ],
    ["is not there", (receiver: Receiver) => receiver.close(), "connection_refused", {}],
    ["never answers", (receiver: Receiver) => receiver.behave(() => undefined), "timeout", { timeout_ms: SOON_MS }],
    [
      "begins an answer and never ends its head",
      (receiver: Receiver) => receiver.behave((answer) => answer.socket?.write("HTTP/1.1 200 OK\r\nx-a: ")),
      "timeout",
      { timeout_ms: SOON_MS },
    ],
  ])(
    "to a receiver that %s is tried again, and the log says why without the address",
    async (_name, prepare, reason, limits) => {
      const { outbox, receiver, lines, open, queue } = await openWorld({ limits });
      await prepare(receiver);
      await queue(REFUSED);
      await open().sendDue(never);
      expect(dueIn(outbox)).toEqual([30]);
      expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "warn", receiver: "audit", reason });
      expect(lines.join()).not.toMatch(/s3cr3t-path|127\.0\.0\.1|signing-secret/);
    },
  );

  test("is delivered when the status has come, however long the answer is", async () => {
    const { outbox, receiver, open, queue } = await openWorld();
    receiver.behave((answer) => {
      answer.writeHead(200);
      const write = () => {
        while (!answer.destroyed && answer.write("x".repeat(65_536)));
      };
      answer.on("drain", write);
      write();
    });
    await queue(REFUSED);
    await open().sendDue(never);
    expect(outbox.waiting()).toEqual([]);
  });

  test("that is refused with our own secrets in the answer shows none of them", async () => {
    const { receiver, lines, open, queue } = await openWorld();
    receiver.behave(answerWith(400, {}, `bad ${receiver.url} /services/T000/s3cr3t-path signing-secret \u001b[31m`));
    await queue(REFUSED);
    await open().sendDue(never);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "error", reason: "HTTP 400: bad *** *** *** [31m" });
  });

  test("whose receiver is no longer configured is dropped", async () => {
    const { outbox, receiver, results, open, queue } = await openWorld();
    await queue(REFUSED);
    await open({ notifications: () => [] }).sendDue(never);
    expect(outbox.waiting()).toEqual([]);
    expect(receiver.received).toEqual([]);
    expect(results).toEqual(["audit dropped"]);
  });

  test.each([
    [
      "can't be read",
      () => {
        throw new Error("no such file /run/secrets/url");
      },
    ],
    ["is no web address", () => "file:///etc/passwd"],
  ])("whose address %s waits until it is right", async (_name, readSecret) => {
    const { outbox, receiver, lines, open, queue } = await openWorld();
    await queue(REFUSED);
    await open({ readSecret }).sendDue(never);
    expect(dueIn(outbox)).toEqual([30]);
    expect(lines.join()).not.toContain("passwd");
    outbox.pass(30_000);
    await open().sendDue(never);
    expect(receiver.received).toHaveLength(1);
  });
});
