import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { WebLimits, WebOptions } from "../../../src/daemon/web/access/web-options.ts";
import { createEventQueues } from "../../../src/daemon/web/api/event-queue.ts";
import type { DaemonEvent } from "../../../src/model/daemon/daemon-service.ts";
import { buildWorld } from "./build-world.ts";
import { createFakeService } from "./fake-service.ts";
import { readEvents } from "./read-events.ts";
import { bearer, serveFake, TOKENS } from "./serve-fake.ts";

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(limits: Partial<WebLimits> = {}, read: "open" | "token" = "open") {
  const service = createFakeService({ targets: buildWorld() });
  const served = await serveFake(service, { read }, { limits });
  servers.push(served);
  return { ...served, service };
}

const running = (target: string, line = ""): DaemonEvent => ({
  type: "pass",
  target,
  running: { id: "r", started_at: "2026-11-05T10:00:00.000Z", step: "apply", progress: [line] },
});

describe("the stream of events", () => {
  test("tells what happens, as it happens, by name", async () => {
    const { url, service } = await serve();
    const events = await readEvents(`${url}/events`);
    expect([events.status, events.type]).toEqual([200, "text/event-stream"]);
    await events.until("retry:");
    service.emit(running("production"));
    const text = await events.until("\n\nevent: pass\ndata: ");
    await events.until("}\n\n");
    expect(text).toContain("event: pass");
    events.close();
  });

  test("tells of one target alone where one is named", async () => {
    const { url, service } = await serve();
    const events = await readEvents(`${url}/events?target=edge`);
    await events.until("retry:");
    service.emit(running("production"));
    service.emit(running("edge"));
    const text = await events.until('"target":"edge"');
    expect(text).not.toContain("production");
    events.close();
  });

  test("is kept open by comments while nothing happens", async () => {
    const { url } = await serve({ heartbeat_ms: 20 });
    const events = await readEvents(`${url}/events`);
    await events.until(": heartbeat\n\n: heartbeat");
    events.close();
  });

  test("ends when the reader leaves, and the service is not listened to any more", async () => {
    const { url, service } = await serve();
    const events = await readEvents(`${url}/events`);
    await events.until("retry:");
    expect(service.listeners).toBe(1);
    events.close();
    await expect.poll(() => service.listeners).toBe(0);
  });

  test("ends cleanly when the server is closed", async () => {
    const { url, service, close } = await serve();
    const events = await readEvents(`${url}/events`);
    await events.until("retry:");
    const [text] = await Promise.all([events.rest(), close()]);
    expect(text).toBe("retry: 3000\n\n");
    expect(service.listeners).toBe(0);
  });

  test("ends when its time is over, so that rights are looked at again", async () => {
    const { url } = await serve({ stream_ms: 30 });
    const events = await readEvents(`${url}/events`);
    expect(await events.rest()).toContain("retry:");
  });

  test("ends when its token is changed, and goes on for others", async () => {
    const secrets = { viewer: TOKENS.read.secret };
    const service = createFakeService({ targets: buildWorld() });
    const readSecret: WebOptions["readSecret"] = (reference) =>
      "env" in reference && reference.env === "viewer" ? secrets.viewer : TOKENS.operate.secret;
    const { url, close } = await serveFake(service, { read: "token" }, { readSecret, limits: { recheck_ms: 20 } });
    servers.push({ close });
    const [changed, other] = await Promise.all(
      (["read", "operate"] as const).map((role) => readEvents(`${url}/events`, bearer(role))),
    );
    await Promise.all([changed?.until("retry:"), other?.until("retry:")]);
    secrets.viewer = "another-token-of-the-viewer-0123";
    expect(await changed?.rest()).toContain("retry:");
    service.emit(running("edge", "still here"));
    await other?.until("still here");
    other?.close();
  });

  test("is refused where as many are open as may be, and where reading takes a token", async () => {
    const { url } = await serve({ listeners: 1 }, "token");
    expect((await readEvents(`${url}/events`)).status).toBe(401);
    const first = await readEvents(`${url}/events`, bearer("read"));
    await first.until("retry:");
    expect((await readEvents(`${url}/events`, bearer("read"))).status).toBe(429);
    first.close();
  });

  test("is there for those who have a token, however many who have none listen", async () => {
    const { url } = await serve({ anonymous_listeners: 1 });
    const first = await readEvents(`${url}/events`);
    await first.until("retry:");
    expect((await readEvents(`${url}/events`)).status).toBe(429);
    const known = await readEvents(`${url}/events`, bearer("read"));
    expect(known.status).toBe(200);
    known.close();
    first.close();
  });

  test("is there for others, however many one caller at one address has open", async () => {
    const { url, close } = await serveFake(
      createFakeService({ targets: buildWorld() }),
      { trusted_proxies: ["127.0.0.1"] },
      { limits: { listeners_each: 1 } },
    );
    servers.push({ close });
    const from = (address: string) => readEvents(`${url}/events`, { "x-forwarded-for": address });
    const first = await from("203.0.113.7");
    await first.until("retry:");
    expect((await from("203.0.113.7")).status).toBe(429);
    const others = [await from("203.0.113.8"), await readEvents(`${url}/events`, bearer("read"))];
    expect(others.map(({ status }) => status)).toEqual([200, 200]);
    for (const one of [first, ...others]) one.close();
  });

  test("is cut for a reader that takes nothing, and costs nobody else anything", async () => {
    const { url, port, service } = await serve({ slow_reader_ms: 300, heartbeat_ms: 10_000 });
    const stuck = connect(port, "127.0.0.1");
    stuck.on("error", () => stuck.destroy());
    stuck.write("GET /events?target=production HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    await once(stuck, "readable");
    stuck.pause();
    const quick = await readEvents(`${url}/events?target=edge`);
    await quick.until("retry:");
    expect(service.listeners).toBe(2);
    // More than the buffers of both ends of a connection hold.
    const line = "x".repeat(1_000_000);
    const flood = setInterval(() => service.emit(running("production", line)), 5);
    await expect.poll(() => service.listeners).toBe(1);
    clearInterval(flood);
    service.emit(running("edge", "still here"));
    await quick.until("still here");
    quick.close();
    // It is cut, not ended: what is left in the buffers comes, and no end of the answer.
    let last = "";
    stuck.on("data", (chunk: Buffer) => {
      last = chunk.toString().slice(-100);
    });
    stuck.resume();
    await once(stuck, "close");
    expect(last).not.toMatch(/0\r\n\r\n$/);
  });

  test("writes an event out once for all readers", async () => {
    const { url, service } = await serve();
    const readers = await Promise.all(Array.from({ length: 20 }, () => readEvents(`${url}/events`)));
    await Promise.all(readers.map((reader) => reader.until("retry:")));
    let writes = 0;
    const toJSON = () => {
      writes += 1;
      return "x".repeat(100_000);
    };
    const event = running("production");
    service.emit(Object.assign(event, { running: { ...event, toJSON } }) as unknown as DaemonEvent);
    await Promise.all(readers.map((reader) => reader.until('x"}\n\n')));
    expect(writes).toBe(1);
    for (const reader of readers) reader.close();
  });

  test("is cut for the readers of the oldest event where more waits for all readers than may", async () => {
    const { url, port, service } = await serve({ events_bytes: 30_500_000, slow_reader_ms: 3_600_000 });
    const stuck = connect(port, "127.0.0.1");
    stuck.on("error", () => stuck.destroy());
    stuck.write("GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    await once(stuck, "readable");
    stuck.pause();
    const quick = await readEvents(`${url}/events?target=edge`);
    await quick.until("retry:");
    // More than the buffers of both ends of a connection hold.
    service.emit(running("production", "x".repeat(30_000_000)));
    service.emit(running("edge", `${"x".repeat(1_000_000)} the end`));
    await quick.until("the end");
    await expect.poll(() => service.listeners).toBe(1);
    service.emit(running("edge", "still here"));
    await quick.until("still here");
    quick.close();
    stuck.destroy();
  });
});

describe("events on their way to readers", () => {
  test("the newest of a target stands for those before it, so that a slow reader costs no memory", async () => {
    const end = new AbortController();
    const queue = createEventQueues(1_000).open(end.signal, () => end.abort());
    for (let count = 0; count < 10_000; count += 1) queue.add(running("production", `${count}`));
    queue.add(running("edge", "one"));
    const read: string[] = [];
    for await (const text of queue.read()) {
      read.push(text.toString());
      if (read.length === 2) end.abort();
    }
    const written = (event: DaemonEvent) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    expect(read).toEqual([written(running("production", "9999")), written(running("edge", "one"))]);
  });

  test("readers share the bytes of an event, and those that hold the oldest ones are cut where all are too many", async () => {
    const queues = createEventQueues(2_500);
    const open = () => {
      const end = new AbortController();
      const queue = queues.open(end.signal, () => end.abort());
      return { ...queue, end, next: queue.read() };
    };
    const [slow, alsoSlow, ...others] = Array.from({ length: 100 }, open);
    const all = [slow, alsoSlow, ...others].filter((one) => one !== undefined);
    const tell = async (readers: typeof all) => {
      const event = running("production", "x".repeat(1_000));
      for (const { add } of all) add(event);
      return new Set(await Promise.all(readers.map(async ({ next }) => (await next.next()).value)));
    };
    const cut = () => all.filter(({ end }) => end.signal.aborted);
    expect((await tell(all)).size).toBe(1);
    // Two do not take it, another one does not take what comes next.
    expect((await tell(others)).size).toBe(1);
    expect(cut()).toEqual([]);
    expect((await tell(others.slice(1))).size).toBe(1);
    expect(cut()).toEqual([slow, alsoSlow]);
    expect((await tell(others.slice(1))).size).toBe(1);
    expect(cut()).toEqual([slow, alsoSlow, others[0]]);
  });
});
