/**
 * The attacker opens a request. A few trees of git that hold each other stand for millions of files: what is pushed has some kilobytes.
 */
import { expect, test } from "vitest";
import { queue } from "../daemon/manifests.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import type { GitRepository } from "../set-up/create-git-repository.ts";

const NAMES = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_+".split("");

/** A tree of 64 names for one object. */
function makeTree({ feed }: GitRepository, object: string, names = NAMES): string {
  return feed(`${names.map((name) => `${object}\t${name}`).join("\n")}\n`, "mktree");
}

/** A commit of `mallory` on top of main, with this tree, as the newest of a branch. */
function commitTree({ ask }: GitRepository, branch: string, tree: string): string {
  const author = ["-c", "user.name=mallory", "-c", "user.email=mallory@example.com"];
  const commit = ask(...author, "commit-tree", tree, "-p", "main", "-m", "More");
  ask("update-ref", `refs/heads/${branch}`, commit);
  return commit;
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
  return commitTree(repository, branch, tree);
}

/** Links as the entries of a tree, all of them to the same place. */
function makeLinks({ feed }: GitRepository, target: string): readonly string[] {
  const link = `120000 blob ${feed(target, "hash-object", "-w", "--stdin")}`;
  return NAMES.map((name) => `${link}\t${name}`);
}

/** Of each it says how many folders of 64 folders have the links. */
const LINKS: Readonly<
  Record<string, (repository: GitRepository) => { readonly leaf: string; readonly folders: number }>
> = {
  "lead out of the folder, each by itself": (repository) => ({
    leaf: repository.feed(`${makeLinks(repository, "/etc/passwd").join("\n")}\n`, "mktree"),
    folders: 60,
  }),
  "lead to each other, to and fro": (repository) => {
    const { feed } = repository;
    const file = `100644 blob ${feed("x\n", "hash-object", "-w", "--stdin")}`;
    const there = `040000 tree ${makeTree(repository, file)}\there`;
    const links = makeLinks(repository, `${"here/../".repeat(500)}0`);
    return { leaf: feed(`${[...links, there].join("\n")}\n`, "mktree"), folders: 16 };
  },
};

function pushLinks(repository: GitRepository, branch: string, kind: string): string {
  const { leaf, folders } = LINKS[kind]?.(repository) ?? { leaf: "", folders: 0 };
  const inner = makeTree(repository, `040000 tree ${leaf}`);
  const many = makeTree(repository, `040000 tree ${inner}`, NAMES.slice(0, folders));
  const tree = repository.feed(`${repository.ask("ls-tree", "main")}\n040000 tree ${many}\tmany\n`, "mktree");
  return commitTree(repository, branch, tree);
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

test.each([
  ["lead out of the folder, each by itself", "The link leads out of the folder"],
  ["lead to each other, to and fro", "contains more symbolic links"],
])("a request with so many links that %s is told so, and another one beside it is planned", async (kind, said) => {
  const { world, forge, propose, tell, untilSaid, untilStatus } = await openForgedWorld();
  const other = await propose("other", { "queues/any.yaml": queue("any", 2) });
  const number = await propose("swollen", { "queues/any.yaml": queue("any", 3) });
  const sha = pushLinks(world.repository, "swollen", kind);
  world.repository.ask("update-ref", `refs/pull/${number}/head`, sha);
  forge.changeRequest(number, { sha });
  await tell(number, "edited");
  await untilSaid(number, said);
  await untilStatus(other, "plan", /^success:/);
});

test("a request whose links are long is told so before they are held in memory, and the branch is still followed", async () => {
  const { world, propose, untilSaid, daemon } = await openForgedWorld();
  const long = (index: number) => ({ link: `${"x/".repeat(2000)}${index}` });
  const links = Object.fromEntries(Array.from({ length: 4200 }, (_, index) => [`many/${index}`, long(index)]));
  const number = await propose("swollen", links);
  await untilSaid(number, "contains more symbolic links");
  const next = world.repository.push({ "queues/any.yaml": queue("any", 4) });
  await daemon.untilApplied(next);
});

test("a request whose files have long names is told so, and neither its record nor its page has them in full", async () => {
  const { propose, untilSaid, daemon } = await openForgedWorld();
  const name = (index: number) => `queues/${index}${"n".repeat(20_000)}.yaml`;
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [name(index), queue(`q${index}`, 1)]));
  const number = await propose("long", { ...files, [`${"f/".repeat(3_000)}any.yaml`]: queue("any", 2) });
  await untilSaid(number, "The path is longer than");
  for (const path of [`api/v1/targets/prod/requests/${number}`, `targets/prod/requests/${number}`]) {
    const answer = await fetch(`${daemon.url}/${path}`, { headers: { authorization: `Bearer ${TOKENS.read}` } });
    expect([path, answer.status]).toEqual([path, 200]);
    expect((await answer.text()).length).toBeLessThan(300_000);
  }
});
