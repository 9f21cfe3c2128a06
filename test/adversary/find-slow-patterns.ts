import { checkSync } from "recheck";
import { PATIENCE_MS } from "../set-up/patience.ts";
import type { Pattern } from "./read-patterns.ts";

/** Patterns that may take more than linear time, with where they stand. In this process: each check would start a program of its own. */
export function findSlowPatterns(patterns: readonly Pattern[]): readonly string[] {
  process.env.RECHECK_BACKEND = "pure";
  const distinct = [...Map.groupBy(patterns, ({ source, flags }) => `/${source}/${flags}`)];
  const faults = distinct.filter(([, [first]]) => first !== undefined && !isLinear(first));
  return faults.map(([pattern, places]) => `${places.map(({ place }) => place).join(", ")} ${pattern}`);
}

/** A busy machine takes longer for the same steps. */
const STEPS_ALONE = { timeout: PATIENCE_MS, attackTimeout: null, incubationTimeout: null, seedingTimeout: null };

/** Judged by steps and not by time. */
function isLinear({ source, flags }: Pick<Pattern, "source" | "flags">): boolean {
  // A count multiplies what one round takes and no more, but would be a state for each of its rounds.
  const endless = source.replaceAll(/\{(\d+)(?:,\d*)?\}/g, (_count, least: string) => (least === "0" ? "*" : "+"));
  return [dropLookbehind(endless), source].some(
    (one) => checkSync(one, flags, { ...STEPS_ALONE, randomSeed: 1 }).status === "safe",
  );
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
