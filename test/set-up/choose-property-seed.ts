import { execFileSync } from "node:child_process";

/**
 * The seeds among which commits choose. All properties were run with each of them, so that a commit fails by what it changes and not by what was
 * there before. What others draw is for the soak: a seed comes to this list once the properties hold with it.
 */
export const TRIED_SEEDS: readonly [number, ...number[]] = [1, 16, 17];

/** Hex digits of a commit's id that choose: as many as a number holds exactly. */
const CHOOSING_DIGITS = 12;

/**
 * The seed of all properties in a run: that of `POOLKEEPER_PROPERTY_SEED`, else the one among the tried seeds that the commit checked out in a
 * folder chooses by its id, in every run of it. Without a commit, as in an unpacked archive, it is the first.
 */
export function choosePropertySeed(folder: string): number {
  const { POOLKEEPER_PROPERTY_SEED: given } = process.env;
  if (given !== undefined) return Number(given);
  const commit = readCommit(folder);
  const chosen = commit === null ? 0 : Number.parseInt(commit.slice(0, CHOOSING_DIGITS), 16) % TRIED_SEEDS.length;
  return TRIED_SEEDS[chosen] ?? TRIED_SEEDS[0];
}

function readCommit(folder: string): string | null {
  try {
    return execFileSync("git", ["rev-parse", "--verify", "HEAD"], { cwd: folder, encoding: "utf8", stdio: "pipe" });
  } catch {
    return null;
  }
}
