import { AnswerTooLargeError } from "../http/read-body.ts";

/** One message of a stream. */
export interface Envelope {
  readonly flags: number;
  readonly message: Buffer;
  /** With what stands before it. */
  readonly bytes: Buffer;
}

const HEAD_BYTES = 5;

/**
 * The messages of a stream of the Connect protocol, whole, those together that came together. In linear time, of pieces of any size. What
 * is left at the end is part of none, and is given as it is: with no message. Throws an AnswerTooLargeError for one of more than `mostBytes`.
 */
export async function* splitEnvelopes(
  body: AsyncIterable<Uint8Array>,
  mostBytes: number,
): AsyncGenerator<readonly Envelope[]> {
  let parts: Uint8Array[] = [];
  let [have, need] = [0, HEAD_BYTES];
  for await (const part of body) {
    parts.push(part);
    have += part.length;
    if (have < need) continue;
    const bytes = Buffer.concat(parts);
    const envelopes: Envelope[] = [];
    let start = 0;
    need = HEAD_BYTES;
    while (start + HEAD_BYTES <= bytes.length) {
      const size = bytes.readUInt32BE(start + 1);
      if (size > mostBytes) throw new AnswerTooLargeError();
      need = HEAD_BYTES + size;
      if (start + need > bytes.length) break;
      const whole = bytes.subarray(start, start + need);
      envelopes.push({ flags: bytes.readUInt8(start), message: whole.subarray(HEAD_BYTES), bytes: whole });
      start += need;
      need = HEAD_BYTES;
    }
    parts = [bytes.subarray(start)];
    have = bytes.length - start;
    if (envelopes.length > 0) yield envelopes;
  }
  // The protocol says what is wrong with an incomplete one.
  const rest = Buffer.concat(parts);
  if (rest.length > 0) yield [{ flags: 0, message: Buffer.alloc(0), bytes: rest }];
}
