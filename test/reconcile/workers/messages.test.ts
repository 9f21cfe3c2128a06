import fc from "fast-check";
import { expect, test } from "vitest";
import { frameMessage, readMessages } from "../../../src/reconcile/workers/messages.ts";

async function* cut(bytes: Buffer, places: readonly number[]): AsyncGenerator<Buffer> {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((one, other) => one - other), bytes.length];
  for (const [index, from] of at.entries()) yield bytes.subarray(from, at[index + 1]);
}

test("messages arrive as they were sent, however a pipe cuts them, and one that is cut at the end is left out", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 20 })),
      fc.array(fc.nat(200)),
      fc.nat(7),
      async (sent, places, missing) => {
        const frame = (message: Uint8Array) => Buffer.concat(frameMessage(Buffer.from(message)));
        const last = frame(Buffer.from("the end"));
        const bytes = [...sent.map(frame), last.subarray(0, last.length - missing)];
        const read: Buffer[] = [];
        for await (const one of readMessages(cut(Buffer.concat(bytes), places))) read.push(one);
        const whole = missing === 0 ? [Buffer.from("the end")] : [];
        expect(read.map(String)).toEqual([...sent.map((one) => Buffer.from(one)), ...whole].map(String));
      },
    ),
  );
});
