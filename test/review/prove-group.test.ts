import fc from "fast-check";
import { expect, test } from "vitest";
import { proveGroup } from "../../src/review/prove-group.ts";
import type { ProveMerge } from "../../src/review/prove-merges.ts";
import type { BranchCommit } from "../../src/source/proposals.ts";

/** A request that a queue merges, and how. */
const ENTRY = fc.record({
  isReviewed: fc.boolean(),
  method: fc.constantFrom("merge" as const, "squash" as const, "rebase" as const),
  commits: fc.integer({ min: 1, max: 4 }),
});
type Entry = typeof ENTRY extends fc.Arbitrary<infer T> ? T : never;

/** The commits that a queue makes, with what each of them has; `prove` merges as git does: what is there, and all of the head. */
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
  const prove: ProveMerge = async (commit, onto, head) => {
    const merged = new Set([...(states.get(onto) ?? []), ...partsOf(Number(head.slice("head".length)))]);
    return states.get(commit)?.symmetricDifference(merged).size === 0;
  };
  return { commits, prove };
}

test("a queue's commits are accounted for exactly as far as all requests are reviewed, however they are merged", async () => {
  const queue = fc.array(ENTRY, { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(queue, async (entries) => {
      const { commits, prove } = playQueue(entries);
      const all = entries.map((entry, number) => ({ ...entry, number, head: `head${number}` }));
      const reviewed = all.filter(({ isReviewed }) => isReviewed).toReversed();
      const { members, unproven } = await proveGroup(prove, commits, reviewed);
      const until = all.findIndex(({ isReviewed }) => !isReviewed);
      expect(members).toEqual(all.slice(0, until === -1 ? all.length : until).map(({ number }) => number));
      expect(unproven === null).toBe(until === -1);
    }),
  );
});

test("what someone adds to a request's merge is not accounted for", async () => {
  const { commits, prove } = playQueue([{ isReviewed: true, method: "merge", commits: 1 }]);
  const added = { id: "evil", changes: true, parents: ["c0"] };
  const { members, unproven } = await proveGroup(prove, [...commits, added], [{ number: 0, head: "head0" }]);
  expect({ members, unproven }).toEqual({ members: [0], unproven: added });
});
