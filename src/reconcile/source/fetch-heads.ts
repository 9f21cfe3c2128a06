import { OperationalError } from "../../model/errors/operational-error.ts";
import { copyText } from "../../model/text/copy-text.ts";
import { openGit } from "../../systems/git/open-git.ts";
import { describeMirrorGit, hashBranch, type MirrorOptions } from "./describe-mirror.ts";
import { fetchWithinLimits, requireSize } from "./fetch-within-limits.ts";
import type { ProposedHead, RequestServer } from "./proposals.ts";

/** Where forges show the newest commit of a request. */
const NAMES: Readonly<Record<RequestServer, (number: number) => string>> = {
  github: (number) => `refs/pull/${number}/head`,
  gitea: (number) => `refs/pull/${number}/head`,
  gitlab: (number) => `refs/merge-requests/${number}/head`,
};

/** The heads to a branch that were fetched, by the request's number. */
export type FetchedHeads = ReadonlyMap<number, { readonly ref: string; readonly sha: string }>;

/** The newest commits of requests, and what was fetched of them before. */
export interface WantedHeads {
  readonly forge: RequestServer;
  readonly heads: readonly ProposedHead[];
  readonly before: FetchedHeads;
}

/** Fetches heads that are not in the repository at `folder`, in one fetch, and gives all that are there then. */
export async function fetchHeads(
  folder: string,
  options: MirrorOptions,
  { forge, heads, before }: WantedHeads,
): Promise<FetchedHeads> {
  const lacking = heads.filter((head) => !isThere(head, before)).map(({ number }) => number);
  if (lacking.length === 0) return before;
  await fetchThere(folder, options, forge, [...new Set(lacking)]);
  await requireSize(folder, options);
  return listHeads(folder, options);
}

/** Whether the newest commit of a request was fetched. */
export function isThere({ number, sha }: ProposedHead, fetched: FetchedHeads): boolean {
  return fetched.get(number)?.sha === sha;
}

/** The heads to the branch of the options. Throws where one of the commits is not there any more. */
export async function listHeads(folder: string, options: MirrorOptions): Promise<FetchedHeads> {
  const git = openGit(folder, describeMirrorGit(folder, options));
  const listed = await git([
    "for-each-ref",
    "--format=%(objectname) %(objecttype) %(refname)",
    `refs/proposed/${hashBranch(options.config.branch)}/`,
  ]);
  const heads = new Map<number, { readonly ref: string; readonly sha: string }>();
  for (const line of listed.split("\n")) {
    const [sha, , ref] = line.split(" ");
    if (sha !== undefined && ref !== undefined) heads.set(Number(ref.slice(ref.lastIndexOf("/") + 1)), { sha, ref });
  }
  return heads;
}

/** Forgets what was fetched of a request, if anything was. */
export async function dropHead(folder: string, options: MirrorOptions, number: number): Promise<void> {
  const git = openGit(folder, describeMirrorGit(folder, options));
  await git(["update-ref", "-d", nameHead(options, number)]);
}

/** A name has a hundred bytes. A server may have any number of longer ones that end so, and each that it lists takes memory and the thread. */
const MOST_SERVED = 4_000_000;

/** The newest commits of requests as the server has them now, by number, independent of earlier fetches. */
export async function readServedHeads(
  folder: string,
  options: MirrorOptions,
  forge: RequestServer,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const git = openGit(folder, describeMirrorGit(folder, options));
  const asked = ["ls-remote", "--quiet", "--", options.config.url, ...numbers.map(NAMES[forge])];
  const listed = await git(asked, { mostBytes: MOST_SERVED });
  const served = new Map(listed.split("\n").map((line) => [line.split("\t")[1], line.split("\t")[0]] as const));
  return new Map(
    numbers.flatMap((number) => {
      const sha = served.get(NAMES[forge](number));
      return sha === undefined ? [] : [[number, copyText(sha)] as const];
    }),
  );
}

function nameHead({ config }: MirrorOptions, number: number): string {
  return `refs/proposed/${hashBranch(config.branch)}/${number}`;
}

/** Git fetches nothing where one of the names is missing; then the server is asked which of them it has. */
async function fetchThere(folder: string, options: MirrorOptions, forge: RequestServer, numbers: readonly number[]) {
  const name = (number: number) => `+${NAMES[forge](number)}:${nameHead(options, number)}`;
  if (await tryFetch(folder, options, numbers.map(name))) return;
  const served = await readServedHeads(folder, options, forge, numbers);
  const left = numbers.filter((number) => served.has(number));
  // What disappears in this moment is found missing by the next fetch.
  if (left.length > 0) await tryFetch(folder, options, left.map(name));
}

/** False: one of the names is missing. */
async function tryFetch(folder: string, options: MirrorOptions, refspecs: readonly string[]): Promise<boolean> {
  try {
    await fetchWithinLimits(folder, options, refspecs);
    return true;
  } catch (error) {
    if (error instanceof OperationalError && error.code === "branch_missing") return false;
    throw error;
  }
}
