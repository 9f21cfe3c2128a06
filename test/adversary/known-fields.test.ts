/**
 * The attacker runs the control plane of one target. Its answers are within the schema, and hold a million parts of two bytes each, or parts that
 * decoding takes long for: each is decoded on the thread that looks after all other targets, one answer after another.
 */
import { expect, onTestFinished, test, vi } from "vitest";
import { failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { open } from "../systems/control-plane/fixtures/open.ts";
import { serve } from "../systems/control-plane/fixtures/serve.ts";
import { envelope, field } from "../systems/control-plane/fixtures/wire.ts";

const MANY = 600_000;
const EVERYTHING = { domain: null, project: null };

/** So many empty parts of a number. */
function parts(number: number, count = MANY): Buffer {
  return Buffer.alloc(2 * count, Buffer.from([(number << 3) | 2, 0]));
}

const text = (number: number, content: string) => field(number, Buffer.from(content));
const id = (name: string) => Buffer.concat([text(1, "acme"), text(2, name)]);

interface Answer {
  readonly type: string;
  readonly body: Uint8Array;
  readonly status?: number;
}

/** Opens a control plane that gives one answer to all calls, or one each. */
async function openAnswering(answerOf: Answer | (() => Answer), maxObjects = 1_000_000) {
  const port = await serve((request, response) => {
    request.resume().on("end", () => {
      const { type, body, status = 200 } = typeof answerOf === "function" ? answerOf() : answerOf;
      response.writeHead(status, { "content-type": type }).end(body);
    });
  });
  const endpoint = `http://127.0.0.1:${port}`;
  return open({ endpoint, maxObjects }, { retries: 0, detectGeneration: async () => "2026-07" }).reader;
}

const message = (body: Uint8Array): Answer => ({ type: "application/proto", body });
const stream = (...envelopes: readonly Uint8Array[]): Answer => ({
  type: "application/connect+proto",
  body: Buffer.concat(envelopes),
});
const END = envelope(Buffer.from("{}"), 2);

type Reader = Awaited<ReturnType<typeof openAnswering>>;
const listClusters = (reader: Reader) => reader.listClusters("live");
const getCluster = (reader: Reader) => reader.getCluster("c");
const getSettings = (reader: Reader) => reader.getSettings(EVERYTHING);
const readWork = (reader: Reader) => reader.readInFlight([{ name: "q", pool: "p" }]);

// The fields pools and queues of a cluster, the levels of settings, and what blocks the head of a queue.
test.each([
  ["a page of clusters", listClusters, message(field(1, parts(3)))],
  ["a cluster", getCluster, message(field(1, parts(4)))],
  ["the settings of a scope", getSettings, message(parts(2))],
  ["the work of a queue", readWork, stream(envelope(field(1, parts(13))), END)],
  [
    "the work of a queue, in two messages",
    readWork,
    stream(...Array(2).fill(envelope(field(1, parts(13, 300_000)))), END),
  ],
] as const)("%s with more parts than anything has is refused before they are made", async (_, read, answer) => {
  const failure = await failureOf(read(await openAnswering(answer)));
  expect(failure).toMatchObject({ code: "answer_too_large" });
});

const names = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`x-${index}`, []]));
test.each([
  ["of a megabyte", { error: { code: "not_found", message: "x".repeat(2 ** 20) } }],
  ["with twenty thousand names", { error: { code: "not_found" }, metadata: names }],
])("the end of a stream %s is not parsed", async (_, end) => {
  const reader = await openAnswering(stream(envelope(Buffer.from(JSON.stringify(end)), 2)));
  expect(await failureOf(readWork(reader))).toMatchObject({ code: "answer_too_large" });
});

test("an error with five thousand details is reported by its status, and they are not parsed", async () => {
  const details = Array.from({ length: 5_000 }, () => ({ type: "a", value: "" }));
  const body = Buffer.from(JSON.stringify({ code: "not_found", message: "none", details }));
  const reader = await openAnswering({ type: "application/json", body, status: 500 });
  expect((await failureOf(getCluster(reader))).message).not.toContain("none");
});

const entries = Buffer.concat(
  Array.from({ length: 100 }, (_, index) =>
    field(1, Buffer.concat([text(1, `k${index}`), field(2, Buffer.from([0x20, 1]))])),
  ),
);
const plugins = Buffer.concat([field(4, entries), parts(4, 100)]);
test("a number with a length is none that a server writes, and not decoded", async () => {
  // The version of a level: to us, what follows would be its bytes; to the decoder it is fields of the level.
  const body = field(2, field(3, Buffer.alloc(1_000, Buffer.from([0x78, 1]))));
  expect(await failureOf(getSettings(await openAnswering(message(body))))).toMatchObject({ code: "bad_answer" });
});

test("a map that grows with each time it is there is refused, as it is made into a message and back each time", async () => {
  const reader = await openAnswering(message(field(1, field(2, field(2, plugins)))));
  expect(await failureOf(getCluster(reader))).toMatchObject({ code: "answer_too_large" });
});

test("a part is counted with what it is merged with, at any depth", async () => {
  const status = (inner: Buffer) => field(2, field(2, inner));
  const cluster = Buffer.concat([status(plugins), ...Array(100).fill(status(parts(4, 10)))]);
  const reader = await openAnswering(message(field(1, cluster)));
  expect(await failureOf(getCluster(reader))).toMatchObject({ code: "answer_too_large" });
});

test("a part that is there twice is merged, as the wire has it", async () => {
  const spec = field(1, field(1, id("c")));
  const cluster = field(1, Buffer.concat([spec, spec]));
  await expect(getCluster(await openAnswering(message(cluster)))).resolves.toMatchObject({ name: "c" });
});

test.each([
  ["a page of clusters", listClusters, message(field(1, parts(3, 2)))],
  ["the settings of a scope", getSettings, message(parts(2, 2))],
  ["the work of a queue", readWork, stream(envelope(field(1, field(1, id("q")))), END)],
  ["an error", getCluster, { type: "application/json", body: Buffer.from('{"code":"not_found"}'), status: 404 }],
] as const)("%s is decoded in a turn of its server", async (_, read, answer) => {
  const measured = vi.spyOn(process, "threadCpuUsage");
  onTestFinished(() => void measured.mockRestore());
  await read(await openAnswering(answer)).catch(() => undefined);
  // Before it is decoded, and after.
  await expect.poll(() => measured.mock.calls.length).toBeGreaterThanOrEqual(2);
});

test("a list of pages that are mostly filled with what no one keeps is left when their bytes are more than its objects take", async () => {
  let pages = 0;
  const filling = field(15, Buffer.alloc(2 ** 20));
  const answerOf = () => {
    pages += 1;
    return message(Buffer.concat([text(2, `page-${pages}`), filling]));
  };
  const reader = await openAnswering(answerOf, 10_000);
  const failure = await failureOf(listClusters(reader));
  expect(failure).toMatchObject({ code: "list_too_long" });
  expect(failure.message).toContain("20,480,000 bytes");
  expect(pages).toBe(20);
});
