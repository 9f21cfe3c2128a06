import { formatAddress } from "../model/address.ts";
import { type AttributesKind, type AttributesRow, formatAttributesScope, isWritable } from "../model/attributes.ts";
import type { DesiredAttributes } from "../model/desired.ts";
import { type Fact, fact } from "./draft.ts";
import { orderCascades } from "./order-cascades.ts";
import { NO_PLACEMENTS, type Placement, type Placements, type PlaceWrite, sortLeftovers } from "./placement.ts";
import type { PlanInput } from "./plan-input.ts";

/** What a kind of attribute is made of. */
interface AttributesRecord {
  readonly kind: AttributesKind;
  /** Name of its one field in manifests. */
  readonly field: string;
  /** The value as it is written. */
  readonly valueOf: (desired: DesiredAttributes) => string;
  /** Writes a row's value. */
  readonly write: (op: "create" | "update", value: string) => PlaceWrite;
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
    write: (op, value) => ({ kind: "cluster_pool_attributes", op, set: { clusterPoolName: value } }),
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
    write: (op, value) => ({ kind: "execution_cluster_label", op, set: { value } }),
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
    address: formatAddress(kind, name),
    name,
    desired: null,
    before: fields,
    after: null,
    write: { kind, op: "delete" },
    needs: [fact.back(kind, name)],
    gives: record.leaves(String(fields[field]), name),
  }));
  const wanted = desired.map((object) => placeRow(object, byName.get(object.name), record));
  const put_back = input.displaced.filter((row) => row.kind === kind).map((row) => placeBack(row, record));
  return orderCascades({ ...leftovers, wanted, put_back }, rows, kind);
}

function placeRow(desired: DesiredAttributes, live: AttributesRow | undefined, record: AttributesRecord): Placement {
  const value = record.valueOf(desired);
  return {
    address: desired.address,
    name: desired.name,
    desired,
    before: live === undefined ? null : { [record.field]: live.value },
    after: { [record.field]: value },
    write: record.write(live === undefined ? "create" : "update", value),
    needs: [record.needs(value), fact.back(record.kind, desired.name)],
    gives: live === undefined || live.value === value ? [] : record.leaves(live.value, desired.name),
  };
}

/** The row as it was, regardless of its manifest: that is planned on top of it. */
function placeBack({ scope, value }: AttributesRow, { kind, field, write }: AttributesRecord): Placement {
  const name = formatAttributesScope(scope);
  const after = { [field]: value };
  const gives = [fact.back(kind, name)];
  const address = formatAddress(kind, name);
  return { address, name, desired: null, before: null, after, write: write("create", value), gives };
}
