import { NAMED_KINDS } from "../../kinds/registry.ts";
import type { Json } from "../../model/json/json.ts";
import { hideSealed } from "../../model/secrets/sealed.ts";
import { showInLine } from "../../model/text/show-text.ts";
import type { PlanDifference } from "../../plan/compare/compare-plans.ts";
import { formatValue } from "./describe-change.ts";

/** Differences that are listed; more are counted. */
const MOST_DIFFERENCES = 20;
/** Characters of a value that are shown. */
const MOST_SHOWN = 200;

/** How far the earlier plan is to be trusted. */
export interface DifferenceOptions {
  /** False: anybody may have written it, with false words about what is sensitive. */
  readonly isTrusted: boolean;
}

/**
 * The differences between an earlier plan and the one that is computed now, a line each; of many, how many more there are. Of a plan that
 * is not trusted, what may be sensitive is named by object and field: values are those of pools, clusters, queues and routes alone.
 */
export function describePlanDifferences(
  differences: readonly PlanDifference[],
  { isTrusted }: DifferenceOptions,
): readonly string[] {
  const listed = differences.slice(0, MOST_DIFFERENCES);
  const isBare = (difference: PlanDifference) => !isTrusted && !isPublic(difference);
  const shown = listed.map((difference) =>
    showInLine(isBare(difference) ? nameField(difference) : describe(difference)),
  );
  const more = differences.length - listed.length;
  return [
    ...shown,
    ...(more === 0 ? [] : [`… and ${more} more differences`]),
    ...(listed.some(isBare) ? ["(Values are shown where a plan key or a store has signed the file.)"] : []),
  ];
}

/** Parts of a plan that hold names alone. */
const PUBLIC_PARTS: readonly string[] = [
  ...["format_version", "target", "revision", "options", "routing", "impact", "summary", "applyable"],
];

/** Whether the description of a difference shows no value that a rule could make sensitive. */
function isPublic({ part, subject, path, before, now }: PlanDifference): boolean {
  if (before === undefined && now === undefined) return true;
  if (part === "read" || PUBLIC_PARTS.includes(part)) return true;
  // That an object is there or gone says nothing of what it holds.
  if (part === "changes" && path === "") return true;
  return (part === "changes" || part === "steps") && NAMED_KINDS.some((kind) => subject.startsWith(`${kind}.`));
}

function nameField({ of, part, subject, path }: PlanDifference): string {
  const field = [nameObject(part, subject), ...(path === "" ? [] : [path])].join(": ");
  return of === "live"
    ? `${field} changed since the plan was made`
    : `${field} differs between the file and the current plan`;
}

function nameObject(part: string, subject: string): string {
  if (subject === "") return namePart(part);
  return part === "changes" ? subject : `${namePart(part)} ${subject}`;
}

function describe({ of, part, subject, path, before, now }: PlanDifference): string {
  if (of === "live" && part === "read") return `${nameFact(subject)} changed since the plan was made`;
  const object = nameObject(part, subject);
  if (path === "" && before === undefined && now === undefined)
    return `${object}: the entries are not in the same order`;
  if (of === "live") return `${object}: ${describeLive(path, before, now)}`;
  if (part === "changes" && path === "") {
    return now === undefined ? `${object}: no change is needed now` : `${object}: needs a change now, too`;
  }
  const field = path === "" ? "" : `${path} `;
  return `${object}: ${field}is ${show(now)} when computed now, and ${show(before)} in the file`;
}

function describeLive(path: string, before: Json | undefined, now: Json | undefined): string {
  if (path !== "") return `${path} is ${show(now)} now, and was ${show(before)} when the plan was made`;
  return now === null ? "was removed since the plan was made" : "was added since the plan was made";
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
