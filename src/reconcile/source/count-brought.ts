import { type ObjectReader, readListing } from "./read-objects.ts";

/** More commits are not compared: no forge rebases so many. */
const MOST_COMMITS = 10_000;

/** Seconds since 1970 as git and every forge write them. Another way to write a time may not survive a rebase. */
const TIME = /^[1-9]\d{0,11}$/;

/** Commits on a branch's own line and the newest commit of a merged request, all of which the reader finds. */
export interface BroughtRequest {
  /** The branch's commit before the line. */
  readonly onto: string;
  /** Full ids, oldest first; each is the first parent of the next one. */
  readonly line: readonly string[];
  readonly head: string;
}

/**
 * How many of the line's last commits the request brought, by when they were authored: a squash, a rebase and a fast-forward keep the
 * author's time of each commit, and make no other commit than the newest. So a commit that was authored when none of the request's
 * was did not come by it. The newest one always counts. Null: the times are unusual, or there are too many.
 */
export async function countBrought(reader: ObjectReader, { onto, line, head }: BroughtRequest): Promise<number | null> {
  const [newest = ""] = line.slice(-1);
  const own = await listTimes(reader, ["--first-parent", `${onto}..${newest}`]);
  const its = await listTimes(reader, [`${onto}..${head}`]);
  if (own?.length !== line.length || its === null || its.some((time) => !TIME.test(time))) return null;
  const times = new Set(its);
  // Git lists the newest first.
  const first = own.findLastIndex((time) => times.has(time));
  return Math.max(first, 0) + 1;
}

/** When commits were authored, as the commits have it. Null: there are too many. */
async function listTimes(reader: ObjectReader, range: readonly string[]): Promise<readonly string[] | null> {
  const times = await readListing(reader, ["log", "--format=%at", `--max-count=${MOST_COMMITS + 1}`, ...range], "\n");
  return times.length > MOST_COMMITS ? null : times;
}
