/**
 * The attacker opens a request. A few trees of git that hold each other stand for millions of files: what is pushed has some kilobytes.
 */
import { test } from "vitest";
import { queue } from "../daemon/manifests.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";
import type { GitRepository } from "../set-up/create-git-repository.ts";

const NAMES = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_+".split("");

/** A tree of 64 names for one object. */
function makeTree({ feed }: GitRepository, object: string, names = NAMES): string {
  return feed(`${names.map((name) => `${object}\t${name}`).join("\n")}\n`, "mktree");
}

/** A commit beside main, with this many times 262,144 files below `many`; without `clusters`, so that git looks for these among them. */
function pushSwollen(repository: GitRepository, branch: string, times: number): string {
  const { ask, feed } = repository;
  const blob = `100644 blob ${feed("x\n", "hash-object", "-w", "--stdin")}`;
  const inner = [0, 1, 2].reduce((object) => `040000 tree ${makeTree(repository, object)}`, blob);
  const many = makeTree(repository, inner, NAMES.slice(0, times));
  const kept = ask("ls-tree", "main")
    .split("\n")
    .filter((line) => !line.endsWith("\tclusters"));
  const tree = feed(`${kept.join("\n")}\n040000 tree ${many}\tmany\n`, "mktree");
  const author = ["-c", "user.name=mallory", "-c", "user.email=mallory@example.com"];
  const commit = ask(...author, "commit-tree", tree, "-p", "main", "-m", "More");
  ask("update-ref", `refs/heads/${branch}`, commit);
  return commit;
}

test.each([
  ["to more files than git merges in the memory that there is", 1],
  ["to more than can be listed", 3],
])("a request that unfolds %s is told so, and another one beside it is planned", async (_, times) => {
  const { world, forge, propose, tell, untilSaid, untilStatus } = await openForgedWorld();
  const other = await propose("other", { "queues/any.yaml": queue("any", 2) });
  const number = await propose("swollen", { "queues/any.yaml": queue("any", 3) });
  const sha = pushSwollen(world.repository, "swollen", times);
  world.repository.ask("update-ref", `refs/pull/${number}/head`, sha);
  forge.changeRequest(number, { sha });
  await tell(number, "edited");
  await untilSaid(number, "contains more files than can be listed");
  await untilStatus(other, "plan", /^success:/);
});
