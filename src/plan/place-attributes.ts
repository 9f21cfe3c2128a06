import { formatAddress } from "../model/address.ts";
import { type AttributesKind, type AttributesRow, formatAttributesScope, isWritable } from "../model/attributes.ts";
import type { DesiredAttributes } from "../model/desired.ts";
import { type Fact, fact } from "./draft.ts";
import { orderCascades } from "./order-cascades.ts";
import { fateOf, NO_PLACEMENTS, type Placement, type Placements, sortLeftovers } from "./placement.ts";
import type { PlanInput } from "./plan-input.ts";

/** What a kind of attribute is made of. */
interface AttributesRecord {
  readonly kind: AttributesKind;
  /** Name of its one field in manifests. */
  readonly field: string;
  /** The value as it is written. */
  readonly valueOf: (desired: DesiredAttributes) => string;
  /** What has to hold before the value may be written. */
  readonly needs: (value: string) => Fact;
  /** What holds once the row of a scope has this value no more. */
  readonly leaves: (value: string, scope: string) => readonly Fact[];
}

/** Compares the cluster pool of every declared scope with the row that flyteadmin has. */
export function placePoolAttributes(input: PlanInput, poolOf: (logical: string) => string): Placements {
  const record: AttributesRecord = {
    kind: "cluster_pool_attributes",
    field: "clusterPoolName",
    valueOf: ({ value }) => poolOf(value),
    needs: fact.pool,
    leaves: (pool) => [fact.left(pool)],
  };
  return placeAttributes(input, input.desired.pool_attributes, record);
}

/** Compares the execution cluster label of every declared scope with the row that flyteadmin has. */
export function placeClusterLabels(input: PlanInput): Placements {
  const record: AttributesRecord = {
    kind: "execution_cluster_label",
    field: "value",
    valueOf: ({ value }) => value,
    needs: fact.label,
    leaves: (label, scope) => [fact.unlabelled(label, scope)],
  };
  return placeAttributes(input, input.desired.cluster_labels, record);
}

function placeAttributes(
  input: PlanInput,
  desired: readonly DesiredAttributes[],
  record: AttributesRecord,
): Placements {
  if (input.live.systems.flyteadmin !== "read") return NO_PLACEMENTS;
  const { kind, field } = record;
  const rows = input.live.flyteadmin.rows.filter((row) => row.kind === kind);
  const byName = new Map(
    rows.filter((row) => row.launch_plan === null).map((row) => [formatAttributesScope(row.scope), row]),
  );
  const declared = new Set(desired.map(({ name }) => name));
  const places = [...byName].map(([name, row]) => ({
    name,
    fields: { [field]: row.value },
    deletable: isWritable(row),
  }));
  const leftovers = sortLeftovers(kind, input, places, declared, ({ name, fields }) => ({
    kind,
    address: formatAddress(kind, name),
    name,
    desired: null,
    before: fields,
    after: null,
    gives: record.leaves(String(fields[field]), name),
  }));
  const displaced = findDisplaced(input, byName, declared, kind);
  const back = new Set(displaced.map(({ scope }) => formatAttributesScope(scope)));
  const wanted = [
    ...displaced.map((row) => placeBack(row, record)),
    ...desired.map((object) => {
      const placement = placeRow(object, byName.get(object.name), record);
      return isTakenAlong(placement, input, record) ? putBack(placement) : placement;
    }),
  ];
  const isKept = ({ name }: { readonly name: string }) => back.has(name) && input.options.prune === "none";
  const forgotten = leftovers.forgotten.filter((object) => !isKept(object));
  return orderCascades({ ...leftovers, forgotten, wanted }, [...rows, ...displaced], kind);
}

function placeRow(desired: DesiredAttributes, live: AttributesRow | undefined, record: AttributesRecord): Placement {
  const value = record.valueOf(desired);
  return {
    kind: record.kind,
    address: desired.address,
    name: desired.name,
    desired,
    before: live === undefined ? null : { [record.field]: live.value },
    after: { [record.field]: value },
    needs: [record.needs(value)],
    gives: live === undefined || live.value === value ? [] : record.leaves(live.value, desired.name),
  };
}

/** Whether a declared row is only not there because a delete of an interrupted run took it along. */
function isTakenAlong(
  { name, before, after }: Placement,
  { displaced }: PlanInput,
  { kind, field }: AttributesRecord,
): boolean {
  const isSame = ({ scope, value }: AttributesRow) => formatAttributesScope(scope) === name && value === after?.[field];
  return before === null && displaced.some((row) => row.kind === kind && row.launch_plan === null && isSame(row));
}

function putBack(placement: Placement): Placement {
  const { kind, name, gives = [] } = placement;
  return { ...placement, gives: [...gives, fact.back(kind, name)], reason: "put_back" };
}

/**
 * Rows that a delete of an interrupted run took along and that nobody wrote back. A manifest, if there is one, does so itself
 * ({@link isTakenAlong}), and what is to be pruned need not come back.
 */
function findDisplaced(
  { displaced, owned, options }: PlanInput,
  live: ReadonlyMap<string, AttributesRow>,
  declared: ReadonlySet<string>,
  kind: AttributesKind,
): readonly AttributesRow[] {
  const records = new Map(owned.map((object) => [object.address, object]));
  const lost = new Map(
    displaced.filter((row) => row.kind === kind).map((row) => [formatAttributesScope(row.scope), row]),
  );
  return [...lost]
    .filter(([name]) => {
      const record = records.get(formatAddress(kind, name)) ?? null;
      return !live.has(name) && !declared.has(name) && fateOf(record, options.prune) !== "remove";
    })
    .map(([, row]) => row);
}

function placeBack({ scope, value }: AttributesRow, { kind, field }: AttributesRecord): Placement {
  const name = formatAttributesScope(scope);
  const after = { [field]: value };
  return putBack({ kind, address: formatAddress(kind, name), name, desired: null, before: null, after });
}
