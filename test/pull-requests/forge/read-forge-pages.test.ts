import { expect, test } from "vitest";
import { readForgePages } from "../../../src/pull-requests/forge/read-forge-pages.ts";

const SIZE = 2;
const ALL = [1, 2, 3, 4, 5, 6, 7];

/** Reads all of a list that loses records: before each call those that are named for it. Gives what was read, and in how many calls. */
async function read(lost: readonly (readonly [call: number, name: number])[], isReadOnce = false) {
  let [calls, left] = [0, ALL];
  const readPage = async (page: number) => {
    calls += 1;
    left = left.filter((name) => !lost.some(([call, one]) => call === calls && one === name));
    const next = page * SIZE < left.length ? page + 1 : null;
    return { records: left.slice((page - 1) * SIZE, page * SIZE).map((name) => ({ name, calls })), next, bytes: 1 };
  };
  const found = await readForgePages("GET list", ({ name }) => name, readPage, { isReadOnce });
  return { found: found.map(({ name }) => name), copies: found.map((record) => record.calls), calls };
}

test("pages before the last are read once more, and the later copy of a record counts", async () => {
  expect(await read([])).toEqual({ found: ALL, copies: [7, 7, 6, 6, 5, 5, 4], calls: 7 });
});

test("a list that nothing leaves is read once", async () => {
  expect(await read([], true)).toEqual({ found: ALL, copies: [1, 1, 2, 2, 3, 3, 4], calls: 4 });
});

test("whatever is deleted while a list is read, all that stays in it is found, in its order", async () => {
  const moments = [2, 3, 4, 5, 6, 7];
  const losses = moments.flatMap((call) => ALL.map((name) => [call, name] as const));
  for (const one of losses) {
    for (const other of losses) {
      const { found } = await read([one, other]);
      expect(found).toEqual(found.toSorted());
      expect(found).toEqual(expect.arrayContaining(ALL.filter((name) => name !== one[1] && name !== other[1])));
    }
  }
});
