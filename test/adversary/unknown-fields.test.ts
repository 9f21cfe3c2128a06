/**
 * The attacker runs the control plane of one target. Its answers are right, and behind what was asked for they have a million fields that no one
 * knows: each of two bytes becomes an object in the daemon. What a write sends back is all that was read, so there they are counted before.
 */
import type { DescMessage } from "@bufbuild/protobuf";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { expect, onTestFinished, test } from "vitest";
import { createTransport } from "../../src/systems/control-plane/create-transport.ts";
import { GetResponseSchema } from "../../src/systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import {
  ListQueuesResponseSchema,
  QueueSchema,
  QueueService,
  QueueSpecSchema,
  UpdateQueueRequestSchema,
} from "../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { GetSettingsForEditResponseSchema } from "../../src/systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import { failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { makeConnection, open } from "../systems/control-plane/fixtures/open.ts";
import { serve } from "../systems/control-plane/fixtures/serve.ts";
import { field } from "../systems/control-plane/fixtures/wire.ts";

const id = { organization: "acme", name: "q" };
/** Field 15, a number. */
const unknown = (count: number) => Buffer.alloc(2 * count, Buffer.from([0x78, 1]));
const MANY = 1_000_000;

function write<S extends DescMessage>(schema: S, message: MessageInitShape<S>): Uint8Array {
  return toBinary(schema, create(schema, message));
}

/** Serves one answer for each call that ends so; counts the writes that came. */
async function answer(answers: Readonly<Record<string, Uint8Array>>) {
  const updates: Buffer[] = [];
  const port = await serve(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const call = (request.url ?? "").split("/").at(-1) ?? "";
    if (/^(Update|UpdateQueue|CreateSettings)$/.test(call)) updates.push(Buffer.concat(chunks));
    response.writeHead(200, { "content-type": "application/proto" }).end(answers[call] ?? "");
  });
  return { endpoint: `http://127.0.0.1:${port}`, updates };
}

const QUEUE = queueWith(0);

/** The answer with a queue that has so many such fields in its spec. */
function queueWith(count: number): Buffer {
  const spec = Buffer.concat([write(QueueSpecSchema, { clusters: ["*"] }), unknown(count)]);
  return field(1, Buffer.concat([write(QueueSchema, { id }), field(2, spec)]));
}

test("a list that no write sends back is read without the fields that we do not know", async () => {
  const { endpoint } = await answer({
    ListQueues: Buffer.concat([write(ListQueuesResponseSchema, { queues: [{ id }] }), unknown(100_000)]),
  });
  const { transport, close } = createTransport(makeConnection({ endpoint }));
  onTestFinished(() => close());
  const { message } = await transport.unary(QueueService.method.listQueues, undefined, undefined, undefined, {});
  expect(message.queues).toHaveLength(1);
  expect(message.$unknown ?? []).toHaveLength(0);
});

test.each([
  ["beside the queue", Buffer.concat([QUEUE, unknown(MANY)])],
  ["within its spec", queueWith(500_000)],
])("a queue with a million such fields %s is not written", async (_, read) => {
  const { endpoint, updates } = await answer({ GetQueue: read });
  const { writer } = open({ endpoint }, { retries: 0, detectGeneration: async () => "2026-11" });
  expect(await failureOf(writer.updateQueue("q", { depth: 1 }))).toMatchObject({ code: "answer_too_large" });
  expect(updates).toHaveLength(0);
});

test("a pool and settings with a million such fields are not written, nor are such settings read", async () => {
  const { endpoint, updates } = await answer({
    Get: Buffer.concat([write(GetResponseSchema, { clusterPool: { id } }), unknown(MANY)]),
    GetSettingsForEdit: Buffer.concat([write(GetSettingsForEditResponseSchema, {}), unknown(MANY)]),
  });
  const { writer, reader } = open({ endpoint }, { retries: 0 });
  const scope = { domain: null, project: null };
  const calls = [
    () => writer.updatePool("q", {}),
    () => writer.writeSettings(scope, {}, "0"),
    () => reader.getSettings(scope),
  ];
  for (const call of calls) expect(await failureOf(call())).toMatchObject({ code: "answer_too_large" });
  expect(updates).toHaveLength(0);
});

test("a thousand such fields of a later release are sent back as they came", async () => {
  const { endpoint, updates } = await answer({ GetQueue: queueWith(1_000) });
  const { writer } = open({ endpoint }, { retries: 0, detectGeneration: async () => "2026-11" });
  await writer.updateQueue("q", { depth: 1 });
  expect(fromBinary(UpdateQueueRequestSchema, updates[0] ?? Buffer.alloc(0)).spec?.$unknown).toHaveLength(1_000);
});
