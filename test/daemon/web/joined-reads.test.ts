import { expect, test } from "vitest";
import { joinReads } from "../../../src/daemon/web/answers/join-reads.ts";

/** Reads that wait until they are let go; `count` is how many began. */
function openReads() {
  const join = joinReads<number>();
  const waiting: (() => void)[] = [];
  let count = 0;
  const read = async () => {
    count += 1;
    const own = count;
    await new Promise<void>((resolve) => void waiting.push(resolve));
    if (own === 1) throw new Error("unreachable");
    return own;
  };
  return {
    ask: (key: string) => join(key, read),
    release: () => waiting.shift()?.(),
    count: () => count,
  };
}

test("many equal reads cost two, of which the second begins after all who get it have asked; others are read by themselves", async () => {
  const { ask, release, count } = openReads();
  const first = ask("plan a");
  const others = Array.from({ length: 250 }, () => ask("plan a"));
  expect(count()).toBe(1);
  void ask("plan b");
  expect(count()).toBe(2);
  release();
  // What one could not read, the others try anew.
  await expect(first).rejects.toThrow("unreachable");
  await expect.poll(count).toBe(3);
  release();
  release();
  expect(new Set(await Promise.all(others))).toEqual(new Set([3]));
  void ask("plan a");
  expect(count()).toBe(4);
});
