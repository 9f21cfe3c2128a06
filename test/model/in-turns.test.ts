import { expect, test } from "vitest";
import { inTurns } from "../../src/model/in-turns.ts";
import { createTreeView } from "../../src/reconcile/source/create-tree-view.ts";

/** How often all else of the process has its turn while this runs. */
async function countTurns(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}

function holdThread(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

test("gives every item in its order, and all else a turn in between", async () => {
  const given: number[] = [];
  const turns = await countTurns(async () => {
    for await (const item of inTurns([1, 2, 3])) {
      given.push(item);
      holdThread(15);
    }
  });
  expect(given).toEqual([1, 2, 3]);
  expect(turns).toBeGreaterThanOrEqual(3);
});

test("a tree of 200,000 files does not hold the thread", async () => {
  const entries = Array.from({ length: 200_000 }, (_, at) => {
    return { mode: "100644", id: "0".repeat(40), size: 1, path: `a${at}/b/file.txt` };
  });
  expect(await countTurns(() => createTreeView(entries, new Map(), "a repository"))).toBeGreaterThan(3);
});
