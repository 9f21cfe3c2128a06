import { listPaths } from "../../systems/git/list-paths.ts";
import { openGit, type RunGit } from "../../systems/git/open-git.ts";
import { isPlainBranch } from "../../systems/git/remote-address.ts";
import { writeCommit } from "../../systems/git/write-commit.ts";
import { describeMirrorGit, hashBranch, type MirrorOptions } from "./describe-mirror.ts";
import { explainPushError, pushRefused } from "./explain-push-error.ts";
import { fetchWithinLimits, requireSize } from "./fetch-within-limits.ts";
import type { ProposedCommit } from "./proposals.ts";

/** What a branch has that was pushed before. */
interface PushedBranch {
  readonly sha: string;
  readonly tree: string;
  /** Ids with a blank between them. */
  readonly parents: string;
  /** Address of who committed it. */
  readonly committer: string;
}

/** Does what {@link Proposals.commitAndPush} says, in the repository at `folder`, where the base is found. */
export async function pushCommit(
  folder: string,
  options: MirrorOptions,
  commit: ProposedCommit & { readonly confirm: () => Promise<void> },
): Promise<{ readonly sha: string; readonly pushed: boolean }> {
  const { base, branch, author } = commit;
  if (!isPlainBranch(branch) || branch === options.config.branch) {
    throw pushRefused(options, branch, "proposals need their own branch with a plain name");
  }
  const git = openGit(folder, describeCommitter(folder, options, commit));
  await refuseStrangePaths(git, options, commit);
  const present = await fetchBranch(folder, options, git, branch);
  if (present !== null && present.committer !== author.email) {
    const why = `it has other authors' commits, the last by ${present.committer}, which are not overwritten. Merge or close its request and delete the branch`;
    throw pushRefused(options, branch, why);
  }
  const sha = await writeCommit(git, { ...splitFiles(commit), folder, parent: base, message: commit.message });
  const tree = (await git(["rev-parse", "--verify", `${sha}^{tree}`])).trim();
  if (present?.tree === tree && present.parents === base) return { sha: present.sha, pushed: false };
  await commit.confirm();
  await push(folder, options, { branch, sha, before: present?.sha ?? null });
  await git(["update-ref", nameRef(branch), sha]);
  return { sha, pushed: true };
}

function describeCommitter(folder: string, options: MirrorOptions, { author, at }: ProposedCommit) {
  const how = describeMirrorGit(folder, options);
  const date = `${Math.floor(at.getTime() / 1000)} +0000`;
  return {
    ...how,
    environment: { ...how.environment, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    settings: [
      ...(how.settings ?? []),
      `user.name=${author.name}`,
      `user.email=${author.email}`,
      "commit.gpgSign=false",
    ],
  };
}

/** What the branch has on the server at this moment, which is then here too; null where there is no such branch. */
async function fetchBranch(
  folder: string,
  options: MirrorOptions,
  git: RunGit,
  branch: string,
): Promise<PushedBranch | null> {
  const ref = nameRef(branch);
  const there = await lookUpBranch(folder, options, branch);
  if (there === null) return null;
  const here = (await git(["for-each-ref", "--format=%(objectname)", ref])).trim();
  if (here !== there) {
    await fetchWithinLimits(folder, options, [`+refs/heads/${branch}:${ref}`]);
    await requireSize(folder, options);
  }
  const said = await git(["log", "-1", "--no-show-signature", "--format=%H%x00%T%x00%P%x00%ce", ref, "--"]);
  const [sha = "", tree = "", parents = "", committer = ""] = said.trim().split("\0");
  return { sha, tree, parents, committer };
}

async function lookUpBranch(folder: string, options: MirrorOptions, branch: string): Promise<string | null> {
  const git = openGit(folder, describeMirrorGit(folder, options));
  const listed = await git(["ls-remote", "--quiet", "--", options.config.url, `refs/heads/${branch}`]);
  const found = listed.split("\n").find((line) => line.endsWith(`\trefs/heads/${branch}`));
  return found?.split("\t")[0] ?? null;
}

interface Push {
  readonly branch: string;
  readonly sha: string;
  /** What the branch has now, or it is not pushed; null: there is none. */
  readonly before: string | null;
}

/** What git says of a push that failed is settled by looking: the answer may have been lost. */
async function push(folder: string, options: MirrorOptions, { branch, sha, before }: Push): Promise<void> {
  const explain = (error: unknown) => explainPushError(error, options, branch);
  const git = openGit(folder, { ...describeMirrorGit(folder, options), explain });
  const lease = `--force-with-lease=refs/heads/${branch}:${before ?? ""}`;
  try {
    await git(["push", "--quiet", "--no-verify", lease, "--", options.config.url, `${sha}:refs/heads/${branch}`]);
  } catch (error) {
    // Where it can't be looked up either, the push's own message is used.
    if ((await lookUpBranch(folder, options, branch).catch(() => null)) !== sha) throw error;
  }
}

/** A link, a submodule or a file in the place of a folder would be replaced, and what is below it be lost. */
async function refuseStrangePaths(git: RunGit, options: MirrorOptions, { base, branch, files }: ProposedCommit) {
  const parents = new Set<string>();
  for (const path of files.keys()) {
    const parts = path.split("/");
    if (!parts.every(isPlainPart))
      throw pushRefused(options, branch, `${JSON.stringify(path.slice(0, 200))} is not a path within it`);
    for (let length = 1; length < parts.length; length += 1) parents.add(parts.slice(0, length).join("/"));
  }
  for (const line of await listPaths(git, { tree: base, paths: [...files.keys(), ...parents] })) {
    const path = line.slice(line.indexOf("\t") + 1);
    const isFit = parents.has(path) ? line.startsWith("040000 ") : line.startsWith("100");
    if (!isFit)
      throw pushRefused(
        options,
        branch,
        `${JSON.stringify(path.slice(0, 200))} is a link, a submodule or a folder there`,
      );
  }
}

function isPlainPart(part: string): boolean {
  return part !== "" && part !== "." && part !== ".." && !/^\.git$/i.test(part) && !part.includes("\0");
}

function splitFiles({ files }: ProposedCommit) {
  const entries = [...files];
  return {
    writes: entries.flatMap(([path, text]) => (text === null ? [] : [{ path, text }])),
    removes: entries.flatMap(([path, text]) => (text === null ? [path] : [])),
  };
}

/** Where what was pushed to a branch last is kept. */
function nameRef(branch: string): string {
  return `refs/pushed/${hashBranch(branch)}`;
}
