import { readLoses, showRow } from "../model/attributes.ts";
import { flattenFields } from "../model/flatten-fields.ts";
import { type Change, type Json, phaseOf, type Step } from "../model/plan.ts";

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
  const { loses: _loses, ...set } = step.set ?? {};
  const lost = readLoses(step.set).map(showRow);
  return [...flattenFields({ ...set, ...(lost.length > 0 && { loses: lost }) })]
    .filter(([path, value]) => !isInWords(step, path, value) && !(isEmpty(value) && !hasBelow(after, prefix + path)))
    .filter(([path, value]) => !isSame(after.get(prefix + path), value))
    .filter(([path, value]) => !(value === null && before.has(prefix + path) && !after.has(prefix + path)))
    .filter(([path]) => !isRemoval(step, path, before, after))
    .map(([path, value]) => ({ path, value }));
}

/** The selector is in the description of a step that a queue takes on the way. */
function isInWords({ kind, id }: Step, path: string, value: Json): boolean {
  if (kind !== "queue" || path !== "clusters") return false;
  switch (phaseOf(id)) {
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
  { kind, op, set }: Step,
  path: string,
  before: ReadonlyMap<string, Json>,
  after: ReadonlyMap<string, Json>,
): boolean {
  const group = kind === "settings" ? "settings" : "files";
  const gone = kind === "settings" && path === "cleared" ? set?.cleared : path === "removed" ? set?.removed : undefined;
  if (!Array.isArray(gone)) return op === "delete" && before.has(path);
  const isShown = (name: Json) => [...before.keys()].some((key) => isBelow(key, `${group}.${name}`));
  const isKept = (name: Json) => [...after.keys()].some((key) => isBelow(key, `${group}.${name}`));
  return gone.every((name: Json) => isShown(name) && !isKept(name));
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
