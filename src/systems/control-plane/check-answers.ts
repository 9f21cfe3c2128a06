import type { DescMessage, DescMethodStreaming, DescMethodUnary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createAsyncIterable, type UniversalClientFn } from "@connectrpc/connect/protocol";
import type { Turns } from "../http/create-turns.ts";
import { gzipCompression } from "../http/gzip-compression.ts";
import { hasMoreValues, REFUSAL_VALUES } from "../http/has-more-values.ts";
import { AnswerTooLargeError, REFUSAL_MAX_BYTES, readBytes } from "../http/read-body.ts";
import { countFields, type FieldCounts } from "./count-fields.ts";
import { splitEnvelopes } from "./split-envelopes.ts";

/**
 * One answer at most, unpacked, and all messages of a stream: a page of a thousand queues is below, and a longer one is asked for in smaller pages.
 */
export const READ_MAX_BYTES = 2 * 1024 * 1024;

/** The fields of an answer: a page of a thousand objects with all their fields, or a stream, has less than a list may; one object has some hundred. */
export const MOST_FIELDS = { list: 500_000, object: 100_000 };
/** Of those that we do not know, where they are kept: far more than a later release adds to an object and its lists. */
const MOST_KEPT = 20_000;

/** What ends a stream is JSON, as a refusal is. */
const END_MAX_BYTES = 64 * 1024;
const ENDS_STREAM = 2;

/** Whose turns the answers take, and whether fields unknown to us are kept. */
export interface AnswerChecks {
  readonly turns: Turns;
  readonly keepsUnknown: boolean;
}

/**
 * A client whose answers come unpacked and whole, each in a turn that lasts until it is decoded, and are refused where they have more fields than
 * anything that is asked for. Their `content-length` is what they have unpacked.
 */
export function checkAnswers(
  send: UniversalClientFn,
  { name, output }: DescMethodUnary,
  { turns, keepsUnknown }: AnswerChecks,
): UniversalClientFn {
  const all = name.startsWith("List") ? MOST_FIELDS.list : MOST_FIELDS.object;
  const most = { all, unknown: keepsUnknown ? MOST_KEPT : all };
  return async (call) => {
    const answer = await send(call);
    const isMessage = answer.status === 200;
    const body = await readBytes(answer.body, READ_MAX_BYTES);
    const isPacked = answer.header.get("content-encoding") === gzipCompression.name;
    const bytes = isPacked ? await unpack(body, isMessage ? READ_MAX_BYTES : REFUSAL_MAX_BYTES) : body;
    await turns.enter();
    call.signal?.throwIfAborted();
    if (isMessage && isOf(answer.header, "application/proto")) requireFields(output, bytes, most);
    const given = isMessage || !hasMoreValues(Buffer.from(bytes).toString("latin1"), REFUSAL_VALUES) ? bytes : NOTHING;
    const header = new Headers(answer.header);
    if (isPacked) header.delete("content-encoding");
    header.set("content-length", String(given.length));
    return { ...answer, header, body: createAsyncIterable([given]) };
  };
}

/** The same for streams, whose messages count together. What comes at a time is given at a time. */
export function checkStream(
  send: UniversalClientFn,
  { output }: DescMethodStreaming,
  { turns }: AnswerChecks,
): UniversalClientFn {
  return async (call) => {
    const answer = await send(call);
    const isRead = answer.status === 200 && isOf(answer.header, "application/connect+proto");
    return isRead ? { ...answer, body: checkMessages(answer.body, output, turns, call.signal) } : answer;
  };
}

async function* checkMessages(
  body: AsyncIterable<Uint8Array>,
  schema: DescMessage,
  turns: Turns,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let left = MOST_FIELDS.list;
  for await (const envelopes of splitEnvelopes(body, READ_MAX_BYTES)) {
    await turns.enter();
    signal?.throwIfAborted();
    for (const { flags, message } of envelopes) {
      if ((flags & ENDS_STREAM) !== 0) requireShort(message);
      else left -= requireFields(schema, message, { all: left, unknown: left });
    }
    yield Buffer.concat(envelopes.map(({ bytes }) => bytes));
  }
}

/** Gives how many fields there are. */
function requireFields(schema: DescMessage, bytes: Uint8Array, most: FieldCounts): number {
  const count = tryCounting(schema, bytes, most);
  if (count.all > most.all || count.unknown > most.unknown) throw new AnswerTooLargeError();
  return count.all;
}

function tryCounting(schema: DescMessage, bytes: Uint8Array, most: FieldCounts): FieldCounts {
  try {
    return countFields(schema, bytes, most);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConnectError(`parse binary: ${reason}`, Code.InvalidArgument, undefined, undefined, error);
  }
}

function requireShort(json: Buffer): void {
  if (json.length > END_MAX_BYTES || hasMoreValues(json.toString("latin1"), REFUSAL_VALUES))
    throw new AnswerTooLargeError();
}

function isOf(header: Headers, type: string): boolean {
  return header.get("content-type")?.toLowerCase() === type;
}

const NOTHING = new Uint8Array(0);

async function unpack(bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> {
  try {
    return await gzipCompression.decompress(bytes, mostBytes);
  } catch (error) {
    if (error instanceof RangeError) throw new AnswerTooLargeError();
    throw error;
  }
}
