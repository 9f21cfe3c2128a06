import { isNoOp, type Plan } from "../../model/plan/plan.ts";
import { summariseChanges } from "../../model/plan/summarise-changes.ts";
import type { PlanParts } from "../../model/reviews/review.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { describeChange } from "../plan/describe-change.ts";
import { describeStep } from "../plan/describe-step.ts";
import { diffChange } from "../plan/diff-change.ts";
import { type Effect, nameKind, type SortedEffects, sortEffects } from "../plan/sort-effects.ts";
import { describeCounts } from "../text/describe-counts.ts";
import { BLANK_LINE, type Item, type Section } from "../text/fit-sections.ts";
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
  return {
    noun: nameKind(effect),
    isDestructive,
    brief: isDestructive ? `- ${cutTo(describeBriefly(effect), 160, code)}` : "",
    write: () => fenceDiff(cutLines(diffEffect(effect)), MOST_LINE),
    writeWhole: () => {
      const [start, whole] = [diffEffect(effect), diffEffect(effect, "whole")];
      const isAll = start.length <= MOST_LINES && start.every((line, index) => isShort(line) && line === whole[index]);
      return isAll ? null : fenceDiff(whole);
    },
  };
}

function describeBriefly({ address, change, steps }: Effect): string {
  if (change === null) return `${address}: ${steps.map(describeStep).join(", ")}`;
  const { symbol, title } = describeChange(change);
  return `${symbol} ${title}`;
}

/** As `fenceDiff` cuts it: its sign leads the line. */
function isShort(line: string): boolean {
  return cleanLine(line.slice(1)).length <= MOST_LINE;
}

function diffEffect({ address, change, steps }: Effect, texts: "cut" | "whole" = "cut"): readonly string[] {
  const onTheWay = steps.length === 0 ? [] : [`#   on the way: ${steps.map(describeStep).join(", ")}`];
  if (change === null) return [`- ${address} is finished`, ...onTheWay];
  const [head = "", ...lines] = diffChange(change, MOST_LINE, texts);
  return [head, ...onTheWay, ...lines];
}

function cutLines(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `#   … and ${lines.length - MOST_LINES} more lines`];
}
