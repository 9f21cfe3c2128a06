import { parseAddress } from "../../model/address.ts";
import type { Json } from "../../model/json/json.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { isSealed } from "../../model/secrets/sealed.ts";
import { isObject } from "../fields/compare-fields.ts";
import { compareText } from "../input/index-world.ts";
import { canonicalJson } from "./digest-plan.ts";

/** A plan, and a hash of each live fact that it depends on, by its key. */
export interface PlannedFrom {
  readonly plan: Plan;
  readonly read: Readonly<Record<string, string>>;
}

/** One difference between two plans. */
export interface PlanDifference {
  /**
   * `live`: what is there is not what it was. `plan`: what is to be done is not what the first plan says. A difference of the second kind
   * follows from one of the first, or from nothing but the file.
   */
  readonly of: "live" | "plan";
  /** The part of the plan that it is in: `changes`, `steps`, `checks`, ... */
  readonly part: string;
  /** The object's address, or what else identifies an entry of the part; "" where the part is a single value. */
  readonly subject: string;
  /** Dotted path within; "" for the whole. */
  readonly path: string;
  /** Undefined: it is not there. */
  readonly before: Json | undefined;
  readonly now: Json | undefined;
}

/** What identifies an entry of a part, where the part is a list. */
const KEYS: Readonly<Record<string, (entry: Entry) => string>> = {
  changes: ({ address }) => text(address),
  steps: ({ id }) => text(id),
  checks: ({ name }) => text(name),
  notices: ({ code, addresses }) => [text(code), ...(Array.isArray(addresses) ? addresses.map(text) : [])].join(" "),
  impact: ({ queue }) => `queue.${text(queue)}`,
  routing: ({ system, queue, project, domain, workflow }) =>
    [system, project, domain, workflow, queue]
      .map(text)
      .filter((word) => word !== "")
      .join(" "),
};

/** Notices about what a plan leaves alone, and about who changed something: they may differ between two plans of the same effect. */
const ASIDE: ReadonlySet<string> = new Set([
  "changed-outside",
  "left-behind",
  "left-elsewhere",
  "left-half-way",
  "not-looked-at",
  "partial",
  "unfinished-elsewhere",
]);

/** Parts that follow from the others: they are named only where nothing else differs. */
const DERIVED: ReadonlySet<string> = new Set(["digest", "live_digest", "summary", "reads"]);

/**
 * In what a plan that was computed now differs from an earlier one: nothing where both do the same to the same live state. What has no
 * effect is not compared: figures of work in flight and the check `in-flight`, who changed an object last, what is left alone
 * (`unmanaged`), and notices about these. Sorted: what is live first, then by part, subject and path.
 */
export function comparePlans(before: PlannedFrom, now: PlannedFrom): readonly PlanDifference[] {
  const [former, current] = [effectOf(before.plan), effectOf(now.plan)];
  const parts = [...new Set([...Object.keys(former), ...Object.keys(current)])];
  const found = parts.flatMap((part) => comparePart(part, former[part], current[part]));
  const shown = listShown(found, [...before.plan.changes, ...now.plan.changes]);
  const all = [...found, ...compareRead(before, now).filter(({ subject }) => !shown.has(subject))];
  const decisive = all.filter(({ part }) => !DERIVED.has(part));
  return (decisive.length > 0 ? decisive : all).sort(compareDifferences);
}

type Entry = Readonly<Record<string, Json>>;

/** The keys of live facts that differences of changes already show, field by field. */
function listShown(found: readonly PlanDifference[], changes: Plan["changes"]): ReadonlySet<string> {
  const subjects = new Set(found.filter(({ of }) => of === "live").map(({ subject }) => subject));
  const keys = changes
    .filter(({ address }) => subjects.has(address))
    .flatMap(({ address, physical_name, previous_physical_name }) => {
      const kind = parseAddress(address)?.kind;
      return [physical_name, previous_physical_name ?? physical_name].map((name) => `${kind}.${name}`);
    });
  return new Set(keys);
}

/** A plan without what has no effect. */
function effectOf(plan: Plan): Readonly<Record<string, Json | undefined>> {
  const { unmanaged: _unmanaged, ...rest } = plan;
  const effect = {
    ...rest,
    changes: plan.changes.map(({ changed_by: _by, changed_at: _at, ...change }) => change),
    checks: plan.checks.filter(({ name }) => name !== "in-flight"),
    impact: plan.impact.map(({ in_flight: _figures, ...queue }) => queue),
    notices: plan.notices.filter(({ code }) => !ASIDE.has(code)),
  };
  return effect as unknown as Readonly<Record<string, Json>>;
}

function comparePart(part: string, before: Json | undefined, now: Json | undefined): readonly PlanDifference[] {
  if (isSame(before, now)) return [];
  const keyOf = KEYS[part];
  const found =
    keyOf !== undefined && Array.isArray(before) && Array.isArray(now)
      ? compareEntries(part, index(before, keyOf), index(now, keyOf))
      : compareValues(before, now).map((leaf) => ({ of: "plan" as const, part, subject: "", ...leaf }));
  // Only their order differs, or how often they are there.
  return found.length > 0 ? found : [{ of: "plan", part, subject: "", path: "", before: undefined, now: undefined }];
}

function compareEntries(
  part: string,
  before: ReadonlyMap<string, Entry>,
  now: ReadonlyMap<string, Entry>,
): readonly PlanDifference[] {
  const subjects = new Set([...before.keys(), ...now.keys()]);
  return [...subjects].flatMap((subject) => {
    const [former, current] = [before.get(subject), now.get(subject)];
    if (former === undefined || current === undefined) {
      return [{ of: "plan" as const, part, subject, path: "", before: former, now: current }];
    }
    return compareValues(former, current).map((leaf) => ({ part, subject, ...splitLive(part, leaf) }));
  });
}

/** What a change says of the object before it is what was live. */
function splitLive(part: string, leaf: Leaf): Leaf & Pick<PlanDifference, "of"> {
  const isLive = part === "changes" && (leaf.path === "before" || leaf.path.startsWith("before."));
  return isLive ? { ...leaf, of: "live", path: leaf.path.slice("before.".length) } : { ...leaf, of: "plan" };
}

/** Live facts that differ: of a changed object its change says more. */
function compareRead(before: PlannedFrom, now: PlannedFrom): readonly PlanDifference[] {
  const keys = new Set([...Object.keys(before.read), ...Object.keys(now.read)]);
  return [...keys].flatMap((key) => {
    const [former, current] = [before.read[key], now.read[key]];
    if (former === current) return [];
    // Which facts a plan depends on follows from the plan.
    const of = former === undefined || current === undefined ? ("plan" as const) : ("live" as const);
    return [{ of, part: of === "live" ? "read" : "reads", subject: key, path: "", before: former, now: current }];
  });
}

type Leaf = Pick<PlanDifference, "path" | "before" | "now">;

/** The places at which two values differ. Lists are one value each. */
function compareValues(before: Json | undefined, now: Json | undefined, path = ""): readonly Leaf[] {
  if (isObject(before) && isObject(now) && !isSealed(before) && !isSealed(now)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...keys].flatMap((key) => compareValues(before[key], now[key], path === "" ? key : `${path}.${key}`));
  }
  return isSame(before, now) ? [] : [{ path, before, now }];
}

function isSame(before: Json | undefined, now: Json | undefined): boolean {
  if (before === undefined || now === undefined) return before === now;
  return canonicalJson(before) === canonicalJson(now);
}

/** Entries by what identifies them; of those that are alike, each has its number. */
function index(entries: readonly Json[], keyOf: (entry: Entry) => string): ReadonlyMap<string, Entry> {
  const found = new Map<string, Entry>();
  const seen = new Map<string, number>();
  for (const entry of entries) {
    const fields = isObject(entry) ? entry : {};
    const key = keyOf(fields);
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    found.set(count === 1 ? key : `${key} (${count})`, fields);
  }
  return found;
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

const ORDER: readonly PlanDifference["of"][] = ["live", "plan"];

function compareDifferences(left: PlanDifference, right: PlanDifference): number {
  return (
    ORDER.indexOf(left.of) - ORDER.indexOf(right.of) ||
    compareText(left.part, right.part) ||
    compareText(left.subject, right.subject) ||
    compareText(left.path, right.path)
  );
}
