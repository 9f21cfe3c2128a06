import type { GitRepository } from "../../set-up/create-git-repository.ts";

/** Commits on top of a base that git's check refuses, by what it says of each. */
export function malform({ ask, feed }: GitRepository, base: string): Readonly<Record<string, string>> {
  const write = (type: string, content: string) =>
    feed(content, "hash-object", "-t", type, "-w", "--stdin", "--literally");
  const author = "author a <a@example.com> 1 +0000\n";
  const commit = (tree: string, committer = author.replace("author", "committer")) =>
    write("commit", `tree ${tree}\nparent ${base}\n${author}${committer}\nx\n`);
  const commitFile = (name: string, content: string) =>
    commit(feed(`100644 blob ${write("blob", content)}\t${name}\n`, "mktree"));
  return {
    hasDotgit: commitFile(".git", "x"),
    hasDotdot: commitFile("..", "x"),
    gitmodulesUrl: commitFile(".gitmodules", '[submodule "x"]\n\tpath = x\n\turl = -x\n'),
    missingCommitter: commit(ask("rev-parse", `${base}^{tree}`), ""),
  };
}
