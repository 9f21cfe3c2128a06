import type { Json } from "../model/plan.ts";
import { hideSealed } from "../model/sealed.ts";
import type { PlanDifference } from "../plan/compare-plans.ts";
import { formatValue } from "./describe-change.ts";
import { stripControls } from "./strip-controls.ts";

/** Differences that are listed; more are counted. */
const MOST_DIFFERENCES = 20;
/** Characters of a value that are shown. */
const MOST_SHOWN = 200;

/** The differences between an earlier plan and the one that is computed now, a line each; of many, how many more there are. */
export function describePlanDifferences(differences: readonly PlanDifference[]): readonly string[] {
  const shown = differences.slice(0, MOST_DIFFERENCES).map((difference) => stripControls(describe(difference)));
  const more = differences.length - shown.length;
  return more === 0 ? shown : [...shown, `… and ${more} more differences`];
}

function describe({ of, part, subject, path, before, now }: PlanDifference): string {
  if (of === "live" && part === "read") return `${nameFact(subject)} changed since the plan was made`;
  const object = subject === "" ? namePart(part) : part === "changes" ? subject : `${namePart(part)} ${subject}`;
  if (path === "" && before === undefined && now === undefined)
    return `${object}: the entries are not in the same order`;
  if (of === "live") return `${object}: ${describeLive(path, before, now)}`;
  if (part === "changes" && path === "") {
    return now === undefined ? `${object}: nothing is to be changed now` : `${object}: is to be changed now, too`;
  }
  const field = path === "" ? "" : `${path} `;
  return `${object}: ${field}is ${show(now)} when computed now, and ${show(before)} in the file`;
}

function describeLive(path: string, before: Json | undefined, now: Json | undefined): string {
  if (path !== "") return `${path} is ${show(now)} now, and was ${show(before)} when the plan was made`;
  return now === null
    ? "is gone, and was there when the plan was made"
    : "is there now, and was not when the plan was made";
}

/** A live fact by its key: an object, the clusters or queues of a pool, or the rows below another. */
function nameFact(key: string): string {
  const dot = key.indexOf(".");
  const [group, rest] = [key.slice(0, dot), key.slice(dot + 1)];
  switch (group) {
    case "members":
      return `the clusters of pool ${rest} have`;
    case "queues":
      return `the queues of pool ${rest} have`;
    case "below":
      return `the rows below ${rest} have`;
    default:
      return `${key} has`;
  }
}

const PART_NAMES: Readonly<Record<string, string>> = {
  checks: "check",
  steps: "step",
  notices: "notice",
  impact: "work of",
  routing: "routing of",
  reads: "live state of",
};

function namePart(part: string): string {
  return PART_NAMES[part] ?? part;
}

function show(value: Json | undefined): string {
  // A delivered file among others.
  const text = hideSealed(formatValue(value));
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}
