import { expect, test } from "vitest";
import { openProposalWorld, proposalsOf } from "./proposal-world.ts";

const IDENTITY = ["-c", "user.name=Mona", "-c", "user.email=mona@example.com"];

/** A request's branch of one commit, a branch that is stacked on it, and what the base branch can get. */
async function openBranches() {
  const { repository, propose, open } = openProposalWorld();
  const first = repository.push({ "a.yaml": "1" });
  const head = propose(1, { "a.yaml": "2" });
  const stacked = propose(2, { "README.md": "docs" }, { from: head });
  const commitTree = (like: string, ...parents: readonly string[]) =>
    repository
      .ask(
        ...[...IDENTITY, "commit-tree", repository.ask("rev-parse", `${like}^{tree}`).trim()],
        ...[...parents.flatMap((parent) => ["-p", parent]), "-m", "more"],
      )
      .trim();
  const source = await open({});
  /** How the base branch, once it is at a commit, got the request's by `commit`. */
  const trace = async (tip: string, commit: string) => {
    repository.point("refs/heads/main", tip);
    await source.fetch();
    return proposalsOf(source).traceArrival({ head, commit, tip });
  };
  return { first, head, stacked, commitTree, trace };
}

test("a merge commit of the request's newest commit, on the branch's own line", async () => {
  const { first, head, commitTree, trace } = await openBranches();
  const merge = commitTree(head, first, head);
  const later = commitTree(head, merge);
  expect(await trace(later, merge)).toEqual({ kind: "merged", line: [merge, later] });
});

test("commits that the forge made anew do not have the newest commit", async () => {
  const { first, head, commitTree, trace } = await openBranches();
  const squashed = commitTree(head, first);
  expect(await trace(squashed, squashed)).toEqual({ kind: "made_anew" });
});

test("a fast-forward, and one to a branch that is stacked on it, have the newest commit on the line", async () => {
  const { head, stacked, trace } = await openBranches();
  expect(await trace(head, head)).toEqual({ kind: "contained", line: [head] });
  expect(await trace(stacked, head)).toEqual({ kind: "contained", line: [head, stacked] });
  expect(await trace(stacked, stacked)).toEqual({ kind: "contained", line: [head, stacked] });
});

test("a merge commit of another branch that has the newest commit is not the request's own", async () => {
  const { first, head, stacked, commitTree, trace } = await openBranches();
  const merge = commitTree(stacked, first, stacked);
  expect(await trace(merge, merge)).toEqual({ kind: "contained", line: [] });
  // Nor is one that is the first parent: the branch was at it before.
  const back = commitTree(stacked, head, first);
  expect(await trace(back, back)).toMatchObject({ kind: "contained" });
});

test("a merge commit that another branch brought is not on the line", async () => {
  const { first, head, commitTree, trace } = await openBranches();
  const inner = commitTree(head, first, head);
  const outer = commitTree(head, first, commitTree(head, inner));
  expect(await trace(outer, inner)).toEqual({ kind: "contained", line: [] });
});

test("what the branch does not have is missing", async () => {
  const { first, head, trace } = await openBranches();
  expect(await trace(first, head)).toEqual({ kind: "missing" });
  expect(await trace(first, "f".repeat(40))).toEqual({ kind: "missing" });
  expect(await trace(first, "no commit")).toEqual({ kind: "missing" });
});
