import { type AttributesKind, KIND_DEFINITIONS } from "../../kinds/registry.ts";
import { formatAddress } from "../../model/address.ts";
import {
  type AttributesRow,
  fieldOf,
  formatAttributesScope,
  isWritable,
  readField,
} from "../../model/objects/attributes.ts";
import type { DesiredAttributes } from "../../model/objects/desired.ts";
import { type Fact, fact } from "../draft/draft-step.ts";
import { append } from "../input/index-world.ts";
import type { PlanInput } from "../input/plan-input.ts";
import { listScopesAbove, orderCascades } from "./order-cascades.ts";
import {
  joinPlacements,
  NO_PLACEMENTS,
  type Placement,
  type Placements,
  type PlaceWrite,
  sortLeftovers,
} from "./placement.ts";

/** Compares every declared scope with the row of each kind that flyteadmin has. */
export function compareRows(
  kinds: readonly AttributesKind[],
  input: PlanInput,
  poolOf: (logical: string) => string,
): Placements {
  if (input.live.systems.flyteadmin !== "read") return NO_PLACEMENTS;
  return joinPlacements(kinds.map((kind) => placeKind(kind, input, poolOf)));
}

function placeKind(kind: AttributesKind, input: PlanInput, poolOf: (logical: string) => string): Placements {
  const desired = input.desired.rows[kind];
  const rows = input.live.flyteadmin.rows.filter((row) => row.kind === kind);
  const byName = new Map(
    rows.filter((row) => row.launch_plan === null).map((row) => [formatAttributesScope(row.scope), row]),
  );
  const declared = new Set(desired.map(({ name }) => name));
  const places = [...byName].map(([name, row]) => ({
    name,
    fields: fieldOf(kind, row.value),
    deletable: isWritable(row),
  }));
  const leftovers = sortLeftovers(kind, input, places, declared, ({ name, fields }) => ({
    address: formatAddress(kind, name),
    name,
    desired: null,
    before: fields,
    after: null,
    write: { kind, op: "delete" },
    needs: [fact.back(kind, name)],
    gives: leave(kind, readField(kind, fields), name),
  }));
  const isPool = KIND_DEFINITIONS[kind].refersTo === "pool";
  const put_back = input.displaced.filter((row) => row.kind === kind).map(placeBack);
  const backBelow = new Map<string, Fact[]>();
  for (const { name } of put_back)
    for (const above of listScopesAbove(name)) append(backBelow, above, fact.back(kind, name));
  const wanted = desired.map((object) => {
    const live = byName.get(object.name);
    const asked = isPool ? poolOf(object.value) : object.value;
    const value = live === undefined || !isLeft(object) ? asked : live.value;
    return placeRow(object, live, { value, back: backBelow.get(object.name) ?? [] });
  });
  return orderCascades({ ...leftovers, wanted, put_back }, rows, kind);
}

/** A row has one field. */
function isLeft({ lifecycle }: DesiredAttributes): boolean {
  return (lifecycle.left?.length ?? 0) > 0;
}

/**
 * `back`: that the rows below are back which an earlier delete of this one took along. Only then is it made again: where it is live as before, that delete
 * counts as not made.
 */
function placeRow(
  desired: DesiredAttributes,
  live: AttributesRow | undefined,
  { value, back }: { readonly value: string; readonly back: readonly Fact[] },
): Placement {
  const { kind, name } = desired;
  return {
    address: desired.address,
    name,
    desired,
    before: live === undefined ? null : fieldOf(kind, live.value),
    after: fieldOf(kind, value),
    write: write(kind, live === undefined ? "create" : "update", value),
    needs: [...need(kind, value), fact.back(kind, name), ...(live === undefined ? back : [])],
    gives: live === undefined || live.value === value ? [] : leave(kind, live.value, name),
  };
}

/** The row as it was, regardless of its manifest: that is planned on top of it. */
function placeBack({ kind, scope, value }: AttributesRow): Placement {
  const name = formatAttributesScope(scope);
  const after = fieldOf(kind, value);
  const gives = [fact.back(kind, name)];
  const address = formatAddress(kind, name);
  return { address, name, desired: null, before: null, after, write: write(kind, "create", value), gives };
}

/** The step that writes a row: its kind's field. */
function write(kind: AttributesKind, op: "create" | "update", value: string): PlaceWrite {
  return { kind, op, set: fieldOf(kind, value) } as PlaceWrite;
}

/** What has to hold before a row may name this. */
function need(kind: AttributesKind, value: string): readonly Fact[] {
  switch (KIND_DEFINITIONS[kind].refersTo) {
    case "pool":
      return [fact.pool(value)];
    case "label":
      return [fact.label(value)];
    case null:
      return [];
  }
}

/** What holds once the row of a scope names this no more. */
function leave(kind: AttributesKind, value: string, scope: string): readonly Fact[] {
  switch (KIND_DEFINITIONS[kind].refersTo) {
    case "pool":
      return [fact.left(value)];
    case "label":
      return [fact.unlabelled(value, scope)];
    case null:
      return [];
  }
}
