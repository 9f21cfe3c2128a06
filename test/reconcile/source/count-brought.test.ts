import fc from "fast-check";
import { expect, test } from "vitest";
import type { BranchCommit } from "../../../src/reconcile/source/proposals.ts";
import { openProposalWorld, proposalsOf } from "./proposal-world.ts";

/** The commits of a request and what was pushed before its merge, each by when it was authored. */
const MERGE = fc
  .uniqueArray(fc.integer({ min: 1, max: 2_000_000_000 }), { minLength: 5, maxLength: 5 })
  .chain((times) =>
    fc.record({
      pushed: fc.nat({ max: 2 }).map((count) => times.slice(0, count)),
      commits: fc.integer({ min: 1, max: 3 }).map((count) => times.slice(2, 2 + count)),
      isSquash: fc.boolean(),
    }),
  );

const fileOf = (time: number) => ({ [`${time}.yaml`]: "1" });

/** A request of two commits, which the branch got by a rebase, after a push. */
async function openRebased({ times = [100, 200], more = {} }: { times?: readonly number[]; more?: object } = {}) {
  const { repository, open } = openProposalWorld();
  repository.push({ "a.yaml": "1" });
  let from = "refs/heads/main";
  for (const time of times) from = repository.push(fileOf(time), { ref: "refs/pull/1/head", from, authored: time });
  const before = repository.ask("rev-parse", "refs/heads/main");
  repository.push({ "pushed.yaml": "1" }, { authored: 50 });
  for (const time of times)
    repository.push({ ...fileOf(time), ...(time === times.at(-1) ? more : {}) }, { authored: time });
  const source = await open();
  await source.fetch();
  const proposals = proposalsOf(source);
  const line = (await proposals.listCommits(before, repository.ask("rev-parse", "refs/heads/main"))) ?? [];
  return { repository, proposals, line, head: from };
}

test("of what the branch got, the commits that a request brought are counted, however it was merged and whatever was pushed before", async () => {
  await fc.assert(
    fc.asyncProperty(MERGE, async ({ pushed, commits, isSquash }) => {
      const { repository, open } = openProposalWorld();
      const before = repository.push({ "a.yaml": "1" });
      let head = before;
      for (const time of commits)
        head = repository.push(fileOf(time), { ref: "refs/pull/1/head", from: head, authored: time });
      for (const time of pushed) repository.push(fileOf(time), { authored: time });
      if (isSquash) repository.push(Object.assign({}, ...commits.map(fileOf)));
      else for (const time of commits) repository.push(fileOf(time), { authored: time });
      const source = await open();
      await source.fetch();
      const proposals = proposalsOf(source);
      const line: readonly BranchCommit[] =
        (await proposals.listCommits(before, repository.ask("rev-parse", "refs/heads/main"))) ?? [];
      const brought = isSquash ? 1 : commits.length;
      expect(line).toHaveLength(pushed.length + brought);
      expect(await proposals.countBrought("github", { number: 1, sha: head }, line)).toBe(brought);
    }),
    { numRuns: 12 },
  );
});

test("a commit that was authored when one of the request's was counts as brought by it, which its merge does not explain then", async () => {
  const { proposals, line, head } = await openRebased({ times: [50, 200] });
  expect(await proposals.countBrought("github", { number: 1, sha: head }, line)).toBeNull();
});

test("what a request brought is not known where its branch was set back, its ref is gone, or the merge has more in any file", async () => {
  const { repository, proposals, line, head } = await openRebased();
  expect(await proposals.countBrought("github", { number: 1, sha: head }, line)).toBe(2);
  const planned = repository.ask("rev-parse", `${head}~1`);
  // The forge names the former commit, which was fetched before.
  repository.ask("update-ref", "refs/pull/1/head", planned);
  expect(await proposals.fetch("github", [{ number: 1, sha: head }])).toEqual(new Set([1]));
  expect(await proposals.countBrought("github", { number: 1, sha: head }, line)).toBeNull();
  expect(await proposals.countBrought("github", { number: 1, sha: planned }, line)).toBeNull();
  repository.ask("update-ref", "-d", "refs/pull/1/head");
  expect(await proposals.countBrought("github", { number: 1, sha: planned }, line)).toBeNull();
  const other = await openRebased({ more: { "notes.txt": "1" } });
  expect(await other.proposals.countBrought("github", { number: 1, sha: other.head }, other.line)).toBeNull();
});
