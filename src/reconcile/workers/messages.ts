/** Bytes before a message that say how long it is. */
const HEAD = 8;

/** A message as it is sent over a pipe, in parts. */
export function frameMessage(message: Buffer): readonly [Buffer, Buffer] {
  const head = Buffer.alloc(HEAD);
  head.writeBigUInt64LE(BigInt(message.length));
  return [head, message];
}

/** The messages of a pipe, in their order, up to its end; one that is cut there is left out. */
export async function* readMessages(pipe: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let chunks: Buffer[] = [];
  let length = 0;
  let expected = HEAD;
  for await (const chunk of pipe) {
    chunks.push(chunk);
    length += chunk.length;
    // Put together only when enough is there: what arrives in many pieces is not copied with each.
    while (length >= expected) {
      const all = Buffer.concat(chunks);
      expected = HEAD + Number(all.readBigUInt64LE());
      const whole = length >= expected ? all.subarray(HEAD, expected) : null;
      const rest = whole === null ? all : all.subarray(expected);
      // Its pieces are not kept while it is worked on.
      [chunks, length] = rest.length === 0 ? [[], 0] : [[rest], rest.length];
      if (whole === null) continue;
      expected = HEAD;
      yield whole;
    }
  }
  return undefined;
}
