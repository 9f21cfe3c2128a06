import type { Json, JsonObject } from "../json/json.ts";
import { isObject } from "../json/json.ts";
import type { Change, LeftFields } from "./plan.ts";

type Path = readonly string[];

/**
 * The fields with those at some paths as they are live: a value that is not there is taken out, one that only is there is kept. Both have the
 * shape of the same kind, so what comes of them has it, too.
 */
export function leaveAt<F extends JsonObject>(wanted: F, live: JsonObject, paths: readonly Path[] = []): F {
  return paths.reduce<JsonObject>((fields, path) => copyAt(fields, live, path), wanted) as F;
}

/**
 * The fields without those at some paths: what is left as it is live is not sent either. It would count as poolkeeper's own from then on,
 * and revert what another writer sets in between.
 */
export function dropAt<Patch extends JsonObject>(fields: Patch, paths: readonly Path[] = []): Patch {
  return leaveAt(fields, {}, paths);
}

function copyAt(fields: JsonObject, live: JsonObject, [key, ...rest]: Path): JsonObject {
  if (key === undefined) return fields;
  const value = Object.hasOwn(live, key) ? live[key] : undefined;
  const inner = fields[key];
  if (rest.length > 0 && (isObject(inner) || isObject(value))) {
    const copied = copyAt(isObject(inner) ? inner : {}, isObject(value) ? value : {}, rest);
    if (Object.keys(copied).length > 0 || isObject(value)) return { ...fields, [key]: copied };
  }
  return value === undefined ? without(fields, key) : { ...fields, [key]: value };
}

function without(fields: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== key)) as { [key: string]: Json };
}

/** A change as it is where the fields of one side stay as they are live. */
export function withoutFields(change: Change, of: LeftFields["of"]): Change {
  const { before, after } = change;
  if (before === null || after === null) return change;
  const kept = leaveAt(after, before, listPaths(change, of));
  const isMove = ["pool", "cluster_pool"].some((key) => kept[key] !== before[key]);
  const inPlace = { action: "update", action_reason: "differs" } as const;
  return { ...change, after: kept, ...(change.action === "move" && !isMove && inPlace) };
}

/** The paths of the fields of one side. A field that both have changed is the commit's: it asks for another value than was applied. */
export function listPaths({ fields = [] }: Pick<Change, "fields">, of: LeftFields["of"]): readonly Path[] {
  return fields.filter(({ origin }) => (origin === "drift") === (of === "drift")).map(({ path }) => path);
}

/** Whether a change has fields that were changed outside alone, beside what a commit asks for. */
export function isShared(change: Pick<Change, "fields">): boolean {
  return listPaths(change, "drift").length > 0;
}
