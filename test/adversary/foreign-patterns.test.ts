/**
 * The attacker writes a text that the program looks at: an error of a server, a manifest, a comment, a header, a line of git. With the
 * worst letters for one of the patterns that it meets, a few kilobytes would hold the process for minutes.
 */
import { checkSync } from "recheck";
import { expect, test, vi } from "vitest";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { type Pattern, readPatterns } from "./read-patterns.ts";

const { literal, assembled } = readPatterns();
/** In this process: each check would start a program of its own. */
vi.hoisted(() => {
  process.env.RECHECK_BACKEND = "pure";
});

test("no text makes a pattern take more than linear time", () => {
  const distinct = [...Map.groupBy(literal, ({ source, flags }) => `/${source}/${flags}`)];
  const faults = distinct.filter(([, [first]]) => first !== undefined && !isLinear(first));
  expect(faults.map(([pattern, places]) => `${places.map(({ place }) => place).join(", ")} ${pattern}`)).toEqual([]);
});

test("no pattern is put together at run time, where none is judged", () => {
  expect(assembled).toEqual([]);
});

test("the judge knows patterns that take more", () => {
  const worse = ["(a*)*b", "\\s+$", "[0-9A-F]+:error:", "x=.*y", "^(a{1,40}){1,40}$"].map((source) => ({
    source,
    flags: "",
  }));
  expect(worse.filter(isLinear)).toEqual([]);
});

/** A busy machine takes longer for the same steps. */
const STEPS_ALONE = { timeout: PATIENCE_MS, attackTimeout: null, incubationTimeout: null, seedingTimeout: null };

/** Judged by steps and not by time. */
function isLinear({ source, flags }: Pick<Pattern, "source" | "flags">): boolean {
  // A count multiplies what one round takes and no more, but would be a state for each of its rounds.
  const endless = source.replaceAll(/\{(\d+),\d*\}/g, (_count, least: string) => (least === "0" ? "*" : "+"));
  return [endless, source].some((one) => checkSync(one, flags, { ...STEPS_ALONE, randomSeed: 1 }).status === "safe");
}
