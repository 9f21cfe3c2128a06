import fc from "fast-check";
import { expect, test } from "vitest";
import { proveGroup } from "../../../src/pull-requests/groups/prove-group.ts";
import type { FindChange } from "../../../src/pull-requests/review/find-change.ts";
import type { BranchCommit } from "../../../src/reconcile/source/proposals.ts";

/** A request that a queue merges, and how. */
const ENTRY = fc.record({
  isReviewed: fc.boolean(),
  method: fc.constantFrom("merge" as const, "squash" as const, "rebase" as const),
  commits: fc.integer({ min: 1, max: 4 }),
});
type Entry = typeof ENTRY extends fc.Arbitrary<infer T> ? T : never;

/** The commits that a queue makes, with what each of them adds, and what each request adds as a whole. */
function playQueue(entries: readonly Entry[]) {
  const states = new Map<string, ReadonlySet<string>>([["base", new Set()]]);
  const commits: BranchCommit[] = [];
  const partsOf = (number: number) =>
    Array.from({ length: entries[number]?.commits ?? 0 }, (_, part) => `${number}.${part}`);
  for (const [number, { method }] of entries.entries()) {
    const parts = partsOf(number);
    for (const added of method === "rebase" ? parts.map((part) => [part]) : [parts]) {
      const onto = commits.at(-1)?.id ?? "base";
      const id = `c${commits.length}`;
      states.set(id, new Set([...(states.get(onto) ?? []), ...added]));
      commits.push({ id, changes: true, parents: method === "merge" ? [onto, `head${number}`] : [onto] });
    }
  }
  const nameChange = (parts: Iterable<string>) => [...parts].sort().join(" ") || "none";
  const findChange: FindChange = async (from, to) => {
    const before = states.get(from) ?? new Set();
    return nameChange(states.get(to)?.difference(before) ?? ["evil"]);
  };
  return { commits, findChange, changeOf: (number: number) => nameChange(partsOf(number)) };
}

test("a queue's commits are accounted for exactly as far as all requests are reviewed, however they are merged", async () => {
  const queue = fc.array(ENTRY, { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(queue, async (entries) => {
      const { commits, findChange, changeOf } = playQueue(entries);
      const all = entries.map((entry, number) => ({
        ...{ ...entry, number, head: `head${number}`, change: changeOf(number) },
      }));
      const reviewed = all.filter(({ isReviewed }) => isReviewed).toReversed();
      const { members, unproven } = await proveGroup(findChange, commits, reviewed);
      const until = all.findIndex(({ isReviewed }) => !isReviewed);
      expect(members).toEqual(all.slice(0, until === -1 ? all.length : until).map(({ number }) => number));
      expect(unproven === null).toBe(until === -1);
    }),
  );
});

test("what someone adds to a request's merge is not accounted for", async () => {
  const { commits, findChange, changeOf } = playQueue([{ isReviewed: true, method: "merge", commits: 1 }]);
  const added = { id: "evil", changes: true, parents: ["c0"] };
  const reviewed = [{ number: 0, head: "head0", change: changeOf(0) }];
  const { members, unproven } = await proveGroup(findChange, [...commits, added], reviewed);
  expect({ members, unproven }).toEqual({ members: [0], unproven: added });
});
