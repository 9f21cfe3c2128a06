import { hasMoreValues, REFUSAL_VALUES } from "./has-more-values.ts";

/** More bytes than an answer may have. */
export class AnswerTooLargeError extends Error {
  constructor() {
    super("it is too large");
    this.name = "AnswerTooLargeError";
  }
}

/** Most bytes of an answer: a list of 300,000 rows, or a page of a hundred comments at their limit with each letter escaped, is below that. */
export const MOST_BYTES = 64 * 1024 * 1024;

/** What is read of an answer that is no success, in bytes. A body that is longer is none that a server of ours gives. */
export const REFUSAL_MAX_BYTES = 256 * 1024;

/** The whole of a body as text. Throws an AnswerTooLargeError as soon as more than `mostBytes` have come; the rest is not read. */
async function readBody(body: AsyncIterable<Uint8Array>, mostBytes: number): Promise<string> {
  return (await readBytes(body, mostBytes)).toString("utf8");
}

/** The same as bytes. */
export async function readBytes(body: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new AnswerTooLargeError();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The body of an answer that is no success, or that has no more to say than one; "" where it has more than {@link REFUSAL_MAX_BYTES}, or is JSON of more
 * than {@link REFUSAL_VALUES}, and the status says what there is to say.
 */
export async function readRefusal(body: AsyncIterable<Uint8Array>): Promise<string> {
  try {
    const text = await readBody(body, REFUSAL_MAX_BYTES);
    return hasMoreValues(text, REFUSAL_VALUES) ? "" : text;
  } catch (error) {
    if (error instanceof AnswerTooLargeError) return "";
    throw error;
  }
}
