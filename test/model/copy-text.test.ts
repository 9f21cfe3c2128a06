import { expect, test } from "vitest";
import { copyText } from "../../src/model/text/copy-text.ts";
import { measureKept } from "../set-up/measure-kept.ts";

test.each([
  ["nothing", ""],
  ["a short text", "\ud800 pools"],
  ["Latin letters", "pools and queues of Zürich"],
  ["other letters", "pools → queues 🎉🎉🎉🎉🎉"],
  ["halves of characters", `\udc00 pools and queues \ud83c`],
])("a copy of %s is the same text", (_what, text) => expect(copyText(text)).toBe(text));

test("a copy of a part of a long text takes the memory of the part: a byte for each Latin letter", async () => {
  const kept = await measureKept(20, (index) => copyText(`${index} ${"x".repeat(2_000_000)}`.slice(0, 200_000)));
  expect(kept).toBeLessThan(20 * 210_000);
});
