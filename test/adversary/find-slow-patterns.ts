import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { check } from "recheck";
import judge from "recheck/package.json" with { type: "json" };
import { PATIENCE_MS } from "../set-up/patience.ts";
import type { Pattern } from "./read-patterns.ts";

/**
 * Patterns that may take more than linear time, with where they stand. One process judges them all: where a program of recheck's is installed for this
 * machine, in a third of the processor time that its JavaScript takes.
 */
export async function findSlowPatterns(patterns: readonly Pattern[]): Promise<readonly string[]> {
  const faults: string[] = [];
  const known = readProven();
  for (const [pattern, places] of Map.groupBy(patterns, ({ source, flags }) => `/${source}/${flags}`)) {
    const [first] = places;
    const name = hash(pattern);
    if (first === undefined || known.has(name)) continue;
    if (await isLinear(first)) noteProven(name);
    else faults.push(`${places.map(({ place }) => place).join(", ")} ${pattern}`);
  }
  return faults;
}

/**
 * The hashes of patterns that were proven to be linear in this checkout, one a line: a proof is the same each time, and all of them take half a
 * minute of processor time. What judges them is part of the file's name, so that another judge begins anew.
 */
const PROVEN = join(
  ...[import.meta.dirname, "..", "..", ".cache", "linear-patterns"],
  hash(`${judge.version}\n${readFileSync(import.meta.filename, "utf8")}`),
);

function readProven(): ReadonlySet<string> {
  return new Set(existsSync(PROVEN) ? readFileSync(PROVEN, "utf8").split("\n") : []);
}

function noteProven(name: string): void {
  mkdirSync(dirname(PROVEN), { recursive: true });
  appendFileSync(PROVEN, `${name}\n`);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A busy machine takes longer for the same steps. */
const STEPS_ALONE = { timeout: PATIENCE_MS, attackTimeout: null, incubationTimeout: null, seedingTimeout: null };

/** Judged by steps and not by time. */
async function isLinear({ source, flags }: Pick<Pattern, "source" | "flags">): Promise<boolean> {
  // A count multiplies what one round takes and no more, but would be a state for each of its rounds.
  const endless = source.replaceAll(/\{(\d+)(?:,\d*)?\}/g, (_count, least: string) => (least === "0" ? "*" : "+"));
  for (const one of [dropLookbehind(endless), source]) {
    if ((await check(one, flags, { ...STEPS_ALONE, randomSeed: 1 })).status === "safe") return true;
  }
  return false;
}

/** Longer patterns are judged faster by tries than by an automaton, which has a state for each of their letters. */
const LONGEST_JUDGED = 120;

/**
 * A pattern without the look at one character that it begins with: that rules out places to begin at and makes none of them take longer. What
 * looks around is judged by tries, and what does not by proof.
 */
function dropLookbehind(source: string): string {
  return source.length > LONGEST_JUDGED ? source : source.replace(/^\(\?<!\[[A-Za-z0-9+/-]*\]\)/, "");
}
