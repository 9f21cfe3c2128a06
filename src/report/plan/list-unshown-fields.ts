import type { Json } from "../../model/json/json.ts";
import { showRow } from "../../model/objects/attributes.ts";
import { flattenFields } from "../../model/plan/flatten-fields.ts";
import type { Change } from "../../model/plan/plan.ts";
import { fieldsSet, rowsBelow, type Step } from "../../model/plan/step.ts";

/** One field that a step sets. */
export interface SetField {
  /** Dotted path under manifest names. */
  readonly path: string;
  readonly value: Json;
}

/**
 * What a step sets that neither its own words nor its change show: fields that get another value than the change ends with, or that the
 * change does not have. So a change and the words of its steps together show every field that is written. A field that is written as it
 * is live counts with the change's unchanged ones.
 */
export function listUnshownFields(step: Step, change: Change | undefined): readonly SetField[] {
  const after = flattenFields(change?.after ?? {});
  const before = flattenFields(change?.before ?? {});
  // A cluster's change has the limits of its queue under `queue`.
  const prefix = step.kind === "queue" && change?.address.startsWith("cluster.") ? "queue." : "";
  const { loses: _loses, ...set } = fieldsSet(step);
  const lost = (rowsBelow(step)?.loses ?? []).map(showRow);
  const isNothing = (path: string, value: Json) => step.kind === "settings" && path === "settings" && isEmpty(value);
  return [...flattenFields({ ...set, ...(lost.length > 0 && { loses: lost }) })]
    .filter(
      ([path, value]) =>
        !isNothing(path, value) &&
        !isInWords(step, path, value) &&
        !(isEmpty(value) && !hasBelow(after, prefix + path)),
    )
    .filter(([path, value]) => !isSame(after.get(prefix + path), value))
    .filter(([path, value]) => !(value === null && before.has(prefix + path) && !after.has(prefix + path)))
    .filter(([path]) => !isRemoval(step, path, before, after))
    .map(([path, value]) => ({ path, value }));
}

/** The selector is in the description of a step that a queue takes on the way. */
function isInWords({ kind, phase }: Step, path: string, value: Json): boolean {
  if (kind !== "queue" || path !== "clusters") return false;
  switch (phase) {
    case "write-out":
    case "release":
      return true;
    case "restore":
    case "park":
      return isSame(["*"], value);
    default:
      return false;
  }
}

/** What is taken away is a line of the change where it was there. */
function isRemoval(
  step: Step,
  path: string,
  before: ReadonlyMap<string, Json>,
  after: ReadonlyMap<string, Json>,
): boolean {
  const group = step.kind === "settings" ? "settings" : "files";
  const gone = listRemoved(step, path);
  if (gone === null) return step.op === "delete" && before.has(path);
  const isShown = (name: string) => [...before.keys()].some((key) => isBelow(key, `${group}.${name}`));
  const isKept = (name: string) => [...after.keys()].some((key) => isBelow(key, `${group}.${name}`));
  return gone.every((name) => isShown(name) && !isKept(name));
}

/** The keys or files that a field of a step takes away; null: it takes none away. */
function listRemoved(step: Step, path: string): readonly string[] | null {
  if (step.kind === "settings" && path === "cleared") return step.set.cleared;
  return step.kind === "flyte_clusters" && path === "removed" ? step.set.removed : null;
}

function isBelow(key: string, path: string): boolean {
  return key === path || key.startsWith(`${path}.`);
}

function hasBelow(fields: ReadonlyMap<string, Json>, path: string): boolean {
  return [...fields.keys()].some((key) => key.startsWith(`${path}.`));
}

function isEmpty(value: Json): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function isSame(left: Json | undefined, right: Json): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
