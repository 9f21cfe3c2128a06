import { createHmac } from "node:crypto";
import { Agent } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { createLog } from "../../../src/daemon/logging/create-log.ts";
import { createSender, type SenderOptions } from "../../../src/daemon/notify/create-sender.ts";
import type { EventDetails, NotifyEvent } from "../../../src/daemon/notify/event.ts";
import { queueEvents } from "../../../src/daemon/notify/queue-events.ts";
import type { NotificationConfig } from "../../../src/model/daemon/daemon-config.ts";
import { EVENT_TYPES } from "../../../src/model/daemon/notification-names.ts";
import { SOON_MS } from "../../set-up/patience.ts";
import { ALL_EVENTS, makeEvent, REFUSED } from "./make-event.ts";
import { type MemoryOutbox, openOutbox } from "./open-outbox.ts";
import { answerWith, openReceiver, type Receiver } from "./open-receiver.ts";

const SECRETS: Readonly<Record<string, string>> = { HMAC: "signing-secret" };
const never = new AbortController().signal;
/** A sleep lets the others go on, and takes no time. */
const TURNS: SenderOptions["clock"] = { now: () => 0, sleep: () => new Promise((resolve) => setImmediate(resolve)) };

function makeReceiver(changes: Partial<NotificationConfig> = {}): NotificationConfig {
  return {
    name: "audit",
    type: "webhook",
    url: { env: "URL" },
    secret: { env: "HMAC" },
    events: [],
    targets: [],
    template: null,
    ...changes,
  };
}

/** A sender with its outbox and receiver, and what it said and counted. */
async function openWorld({
  notifications = [makeReceiver()],
  ...changes
}: { notifications?: readonly NotificationConfig[] } & Partial<Pick<SenderOptions, "limits" | "clock">> = {}) {
  const outbox = openOutbox();
  const receiver = await openReceiver();
  const lines: string[] = [];
  const results: string[] = [];
  const http = new Agent();
  onTestFinished(() => http.destroy());
  let ids = 0;
  const open = (more: Partial<SenderOptions> = {}) =>
    createSender({
      records: outbox,
      notifications: () => notifications,
      listUnsealed: async () => [],
      readSecret: (reference) => ("env" in reference && SECRETS[reference.env]) || receiver.url,
      http,
      clock: { now: () => 0, sleep: async () => undefined },
      log: createLog({ level: "debug", destination: { write: (line) => void lines.push(line) } }),
      onResult: (name, result) => results.push(`${name} ${result}`),
      ...changes,
      ...more,
    });
  const queue = (...events: readonly EventDetails[]) =>
    queueEvents(
      { records: outbox, notifications, public_url: null, newId: () => `delivery-${++ids}` },
      {
        events: events.map((details, index) => ({ ...makeEvent(details), key: `production/${details.type}/${index}` })),
        alarms: [],
      },
    );
  return { outbox, receiver, lines, results, open, queue };
}

function dueIn(outbox: MemoryOutbox): readonly number[] {
  return outbox.waiting().map(({ due_at }) => (Date.parse(due_at) - Date.parse("2026-11-21T12:00:00.000Z")) / 1000);
}

function idsOf({ received }: Receiver): readonly unknown[] {
  return received.map(({ headers }) => headers["x-poolkeeper-delivery"]);
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
    expect(dueIn(outbox)).toEqual([90, 30]);
    expect(receiver.received).toHaveLength(1);
    receiver.behave(answerWith(503, { "retry-after": "86400" }));
    outbox.pass(100_000);
    await open().sendDue(never);
    expect(dueIn(outbox)[0]).toBe(100 + 3_600);
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

  test("those of one receiver come in their order", async () => {
    const { receiver, open, queue } = await openWorld();
    await queue(...many.slice(0, 10));
    await open().sendDue(never);
    expect(idsOf(receiver)).toEqual(Array.from({ length: 10 }, (_, index) => `delivery-${index + 1}`));
  });

  test("a sender that stops finishes the call under way and gives back what it has not begun", async () => {
    const { outbox, receiver, open, queue } = await openWorld();
    await queue(...many.slice(0, 3));
    const stop = new AbortController();
    receiver.behave((answer) => {
      stop.abort();
      answer.end();
    });
    await open().sendDue(stop.signal);
    expect(idsOf(receiver)).toEqual(["delivery-1"]);
    expect(dueIn(outbox)).toEqual([0, 0]);
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

  test("a sender whose hold runs out leaves the rest to the next one", async () => {
    let time = 0;
    const { outbox, receiver, open, queue } = await openWorld({
      clock: { now: () => time, sleep: async () => undefined },
      limits: { hold_ms: 60_000, timeout_ms: 10_000 },
    });
    await queue(...many.slice(0, 3));
    receiver.behave((answer) => {
      time += 51_000;
      answer.end();
    });
    await open().sendDue(never);
    expect(idsOf(receiver)).toEqual(["delivery-1"]);
    expect(dueIn(outbox)).toEqual([60, 60]);
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
