/**
 * The attacker runs the control plane of one target. It answers the stream of metrics by as many messages as are taken, which say nothing of what was
 * asked for: each is decoded on the thread that looks after all other targets.
 */
import type { ServerResponse } from "node:http";
import { create, toBinary } from "@bufbuild/protobuf";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Generation } from "../../src/model/objects/live.ts";
import { createCaller } from "../../src/systems/control-plane/call-control-plane.ts";
import { createTransport } from "../../src/systems/control-plane/create-transport.ts";
import {
  WatchOneQueueMetricsResponseSchema,
  WatchQueueMetricsResponseSchema,
} from "../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { readInFlight } from "../../src/systems/control-plane/read-in-flight.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { makeConnection } from "../systems/control-plane/fixtures/open.ts";
import { serve } from "../systems/control-plane/fixtures/serve.ts";
import { envelope } from "../systems/control-plane/fixtures/wire.ts";

const MESSAGES = 50_000;
const EMPTY = Buffer.alloc(5);
const REST_MS = PATIENCE_MS - 1;
const limits = { firstMs: PATIENCE_MS, restMs: REST_MS };
const metrics = (name: string) => ({ id: { organization: "acme", name }, runsInFlight: 3 });

const one = envelope(
  toBinary(
    WatchOneQueueMetricsResponseSchema,
    create(WatchOneQueueMetricsResponseSchema, { metrics: metrics("other") }),
  ),
);
const many = envelope(
  toBinary(WatchQueueMetricsResponseSchema, create(WatchQueueMetricsResponseSchema, { metrics: [metrics("a")] })),
);

/** The end of a stream that had no error. */
const END = envelope(Buffer.from("{}"), 2);

/** Reads the work of queues a and b from a server that streams those messages, then ends; counts what was decoded. */
async function read(generation: Generation, answer: (response: ServerResponse) => void) {
  const port = await serve((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "application/connect+proto" });
      answer(response);
    });
  });
  let decoded = 0;
  const connection = makeConnection({ endpoint: `http://127.0.0.1:${port}` });
  const { transport, close } = createTransport(connection, () => [
    (next) => async (call) => {
      const answered = await next(call);
      if (!answered.stream) return answered;
      return { ...answered, message: count(answered.message) };
    },
  ]);
  async function* count<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const message of messages) {
      decoded += 1;
      yield message;
    }
  }
  onTestFinished(() => close());
  const caller = createCaller(connection.endpoint, { retries: 0 });
  const limit = (await import("p-limit")).default(16);
  const source = { transport, caller, org: "acme", generation, limits, limit };
  const found = readInFlight(source, [
    { name: "a", pool: "p" },
    { name: "b", pool: "p" },
  ]);
  return { found, decoded: () => decoded };
}

test.each([
  ["2026-07", "empty messages", [], EMPTY, []],
  ["2026-07", "the work of a queue that no one asked for", [], one, []],
  ["2026-11", "empty messages", [], EMPTY, []],
  ["2026-11", "the work of the same queue again and again", [], many, ["a"]],
  ["2026-11", "empty messages after one that says something", [many], EMPTY, ["a"]],
] as const)(
  "a stream of %s of %s is left after a few, and none of them begins the wait anew",
  async (generation, _, first, message, names) => {
    const rests = vi.spyOn(globalThis, "setTimeout");
    onTestFinished(() => void rests.mockRestore());
    const { found, decoded } = await read(generation, (response) => {
      response.end(Buffer.concat([...first, Buffer.alloc(MESSAGES * message.length, message), END]));
    });
    expect([...(await found).keys()]).toEqual(names);
    expect(decoded()).toBeLessThan(100);
    expect(rests.mock.calls.filter(([, ms]) => ms === REST_MS).length).toBeLessThanOrEqual(2);
  },
);

test("a stream may have the bytes of one answer in all its messages", async () => {
  const padded = envelope(Buffer.alloc(1024 * 1024, Buffer.from([0x78, 1])));
  const { found } = await read("2026-11", (response) => {
    for (let index = 0; index < 3; index += 1) response.write(padded);
  });
  expect(await failureOf(found)).toMatchObject({ code: "answer_too_large" });
});
