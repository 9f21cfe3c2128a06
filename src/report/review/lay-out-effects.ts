import { isNoOp, type Plan } from "../../model/plan/plan.ts";
import { summariseChanges } from "../../model/plan/summarise-changes.ts";
import type { PlanParts } from "../../model/reviews/review.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { describeChange } from "../plan/describe-change.ts";
import { describeStep } from "../plan/describe-step.ts";
import { type DiffBeginning, diffBeginning, diffWhole } from "../plan/diff-change.ts";
import { type Effect, nameKind, type SortedEffects, sortEffects } from "../plan/sort-effects.ts";
import { describeCounts } from "../text/describe-counts.ts";
import { BLANK_LINE, type Item, type Looks, type Section } from "../text/fit-sections.ts";
import { cleanLine, code, cutTo, fenceDiff } from "../text/markdown.ts";

const TITLES: Readonly<Record<keyof SortedEffects, { readonly title: string; readonly rank: number }>> = {
  request: { title: "This request", rank: 5 },
  both: { title: "This request, with drift", rank: 6 },
  other: { title: "Also done", rank: 6 },
  earlier: { title: "Merged before and not applied yet", rank: 8 },
  drift: { title: "Existing drift", rank: 8 },
};

/**
 * What a plan changes, grouped by origin: what is replaced, deleted, moved or drained is unfolded and gets room first, the rest is folded.
 */
export function layOutEffects(plan: Plan, parts: PlanParts): readonly (string | Section)[] {
  const sorted = sortEffects(plan, parts);
  const order = ["request", "both", "other", "earlier", "drift"] as const;
  return order.flatMap((place) => {
    const effects = sorted[place];
    if (effects.length === 0) return [];
    const { title, rank } = TITLES[place];
    return [`#### ${title}: ${countEffects(effects, plan)}`, ...layOutPart(effects, rank)];
  });
}

function countEffects(effects: readonly Effect[], { steps }: Plan): string {
  const changes = effects.flatMap(({ change }) => (change === null ? [] : [change]));
  const silent = changes.filter(isNoOp).length;
  const unfinished = effects.length - changes.length;
  const counts = [
    describeCounts(summariseChanges(changes, steps)),
    silent === 0 ? "" : `${silent} without a write`,
    unfinished === 0 ? "" : `${unfinished} to finish`,
  ];
  return counts.filter((text) => text !== "").join(", ");
}

function layOutPart(effects: readonly Effect[], rank: number): readonly Section[] {
  const destructive = effects.filter(({ disruption }) => disruption !== "none");
  const others = effects.filter(({ disruption }) => disruption === "none");
  const more = countNoun(others.length, destructive.length === 0 ? "object" : "more object");
  return [
    { rank: 1, open: "", close: "", between: BLANK_LINE, items: destructive.map(itemOf) },
    {
      rank,
      open: `<details><summary>${more}, ${others.length === 1 ? "not" : "none"} taken out of service</summary>${BLANK_LINE}`,
      close: `${BLANK_LINE}</details>`,
      between: BLANK_LINE,
      items: others.map(itemOf),
    },
  ];
}

/** Lines of one object's diff, and characters of one line, from which on it has to give way to other objects. */
const MOST_LINES = 80;
const MOST_LINE = 300;

function itemOf(effect: Effect): Item {
  const isDestructive = effect.disruption !== "none";
  let begun: ReturnType<typeof beginEffect> | null = null;
  // The same text is asked for more than once.
  const begin = (looks: Looks) => {
    if (begun !== null) return begun;
    begun = beginEffect(effect, looks.left);
    looks.left -= begun.looked;
    return begun;
  };
  const fence = once((lines: readonly string[]) => fenceDiff(lines, MOST_LINE));
  return {
    noun: nameKind(effect),
    isDestructive,
    brief: isDestructive ? `- ${cutTo(describeBriefly(effect), 160, code)}` : "",
    write: (most, looks) => {
      const { length, lines } = begin(looks);
      return length > most ? null : fence(lines);
    },
    whole: {
      isWritten: () => begun?.isAll === true,
      write: (most) => {
        const { lines, looked } = diffWholeEffect(effect, most);
        return { text: lines === null ? null : fenceDiff(lines), looked };
      },
    },
  };
}

/** The beginning of an effect's diff, and about how long it is as text; `isAll`: it is all of it. No more than `characters` are looked at. */
function beginEffect(effect: Effect, characters: number) {
  const { lines, left, isAll, looked } = diffEffect(effect, characters);
  return {
    looked,
    lines: cutLines(lines, left),
    length: lines.slice(0, MOST_LINES).reduce((sum, line) => sum + Math.min(line.length, MOST_LINE), 0),
    isAll: isAll && left === 0 && lines.length <= MOST_LINES && lines.every(isShort),
  };
}

/** Made when it is asked for, once. */
function once<From, T>(make: (from: From) => T): (from: From) => T {
  let made: { readonly value: T } | null = null;
  return (from) => {
    made ??= { value: make(from) };
    return made.value;
  };
}

function describeBriefly({ address, change, steps }: Effect): string {
  if (change === null) return `${address}: ${steps.map(describeStep).join(", ")}`;
  const { symbol, title } = describeChange(change);
  return `${symbol} ${title}`;
}

/** As `fenceDiff` cuts it: its sign leads the line. */
function isShort(line: string): boolean {
  return line.length <= MOST_LINE + 1 && cleanLine(line.slice(1)).length <= MOST_LINE;
}

function diffEffect(effect: Effect, characters: number): DiffBeginning {
  const { change } = effect;
  if (change === null) return { lines: describeFinished(effect), left: 0, isAll: true, looked: 0 };
  const { lines, ...rest } = diffBeginning(change, { line: MOST_LINE, lines: MOST_LINES, characters });
  return { ...rest, lines: insertWay(effect, lines) };
}

function diffWholeEffect(effect: Effect, characters: number): ReturnType<typeof diffWhole> {
  const { change } = effect;
  if (change === null) return { lines: describeFinished(effect), looked: 0 };
  const { lines, looked } = diffWhole(change, { line: MOST_LINE, characters });
  return { lines: lines === null ? null : insertWay(effect, lines), looked };
}

function describeFinished(effect: Effect): readonly string[] {
  return insertWay(effect, [`- ${effect.address} is finished`]);
}

function insertWay({ steps }: Effect, [head = "", ...lines]: readonly string[]): readonly string[] {
  return [head, ...(steps.length === 0 ? [] : [`#   on the way: ${steps.map(describeStep).join(", ")}`]), ...lines];
}

/** `left`: fields that are not among the lines, each of which takes one or more. */
function cutLines(lines: readonly string[], left: number): readonly string[] {
  if (lines.length <= MOST_LINES && left === 0) return lines;
  const more = Math.max(0, lines.length - MOST_LINES) + left;
  return [...lines.slice(0, MOST_LINES), `#   … and ${more} more lines`];
}
