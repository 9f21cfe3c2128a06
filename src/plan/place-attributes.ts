import { formatAddress } from "../model/address.ts";
import {
  type AttributesKind,
  type AttributesRow,
  type AttributesScope,
  formatAttributesScope,
} from "../model/attributes.ts";
import type { DesiredAttributes } from "../model/desired.ts";
import type { JsonObject, Notice } from "../model/plan.ts";
import { type Fact, fact } from "./draft.ts";
import { append } from "./index-world.ts";
import { NO_PLACEMENTS, type Placement, type Placements, sortLeftovers } from "./placement.ts";
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
}

/** Compares the cluster pool of every declared scope with the row that flyteadmin has. */
export function placePoolAttributes(input: PlanInput, poolOf: (logical: string) => string): Placements {
  const record: AttributesRecord = {
    kind: "cluster_pool_attributes",
    field: "clusterPoolName",
    valueOf: ({ value }) => poolOf(value),
    needs: fact.pool,
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
  const rows = input.live.flyteadmin.rows.filter((row) => row.kind === kind && row.launch_plan === null);
  const byName = new Map(rows.map((row) => [formatAttributesScope(row.scope), row]));
  const declared = new Set(desired.map(({ name }) => name));
  const places = [...byName].map(([name, row]) => ({
    name,
    fields: { [field]: row.value },
    deletable: isWritable(row.scope),
  }));
  const leftovers = sortLeftovers(kind, input, places, declared, ({ name, fields }) => ({
    kind,
    address: formatAddress(kind, name),
    name,
    desired: null,
    before: fields,
    after: null,
  }));
  const displaced = placeDisplaced(input, byName, declared, record);
  const wanted = [...displaced, ...desired.map((object) => placeRow(object, byName.get(object.name), record))];
  return orderCascades({ ...leftovers, wanted }, rows, kind);
}

/** Whether the HTTP API can write a scope: no row of all projects, and no workflow with a slash. */
export function isWritable({ project, workflow }: AttributesScope): boolean {
  return project !== "" && !(workflow?.includes("/") ?? false);
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
  };
}

/** Rows that a delete of an interrupted run took along and that nobody wrote back: their manifest, if any, does so itself. */
function placeDisplaced(
  { displaced }: PlanInput,
  live: ReadonlyMap<string, AttributesRow>,
  declared: ReadonlySet<string>,
  { kind, field }: AttributesRecord,
): readonly Placement[] {
  const lost = new Map(
    displaced.filter((row) => row.kind === kind).map((row) => [formatAttributesScope(row.scope), row]),
  );
  return [...lost]
    .filter(([name]) => !live.has(name) && !declared.has(name))
    .map(([name, { value }]) => ({
      kind,
      address: formatAddress(kind, name),
      name,
      desired: null,
      before: null,
      after: { [field]: value },
      reason: "put_back" as const,
    }));
}

/**
 * A delete takes every row of its kind below its scope along. So rows below that go too go before it, on their own; rows below
 * that change or come do so after it; and those that stay are written back by the delete itself, which a notice tells.
 */
function orderCascades(placements: Placements, rows: readonly AttributesRow[], kind: AttributesKind): Placements {
  const wide = new Map(
    placements.removals.filter(({ name }) => name.split("/").length < 3).map((removal) => [removal.name, removal]),
  );
  if (wide.size === 0) return placements;
  const removed = new Set(placements.removals.map(({ name }) => name));
  const staying = new Map<string, string[]>();
  for (const { scope } of rows) {
    const name = formatAttributesScope(scope);
    if (removed.has(name)) continue;
    for (const above of listScopesAbove(name)) if (wide.has(above)) append(staying, above, name);
  }
  const goBefore = new Map<string, string[]>();
  for (const { name } of placements.removals) {
    for (const above of listScopesAbove(name)) if (wide.has(above)) append(goBefore, above, name);
  }
  return {
    ...placements,
    removals: placements.removals.map((removal) => ({
      ...removal,
      needs: (goBefore.get(removal.name) ?? []).map((name) => fact.removed(kind, name)),
      gives: [fact.removed(kind, removal.name), fact.settled(kind, removal.name)],
      ...(wide.has(removal.name) && {
        set: { put_back: staying.get(removal.name) ?? [] } satisfies JsonObject,
        reads: [`below.${kind}.${removal.name}`],
      }),
    })),
    wanted: placements.wanted.map((placement) => ({
      ...placement,
      needs: [
        ...(placement.needs ?? []),
        ...listScopesAbove(placement.name)
          .filter((above) => wide.has(above))
          .map((above) => fact.settled(kind, above)),
      ],
    })),
    notices: [...placements.notices, ...[...staying].map(([name, below]) => noteCascade(kind, name, below))],
  };
}

/** The names of the scopes that a scope is in, by its name: what a delete there would take along. */
export function listScopesAbove(name: string): readonly string[] {
  const [project = "", domain, workflow] = name.split("/");
  if (domain === undefined) return [];
  return workflow === undefined ? [project] : [project, `${project}/${domain}`];
}

/** Rows named in a notice; more are counted. */
const NAMED_ROWS = 10;

function noteCascade(kind: AttributesKind, name: string, below: readonly string[]): Notice {
  const named = below.slice(0, NAMED_ROWS).join(", ");
  const more = below.length > NAMED_ROWS ? ` and ${below.length - NAMED_ROWS} more` : "";
  const what = kind === "execution_cluster_label" ? "label" : "cluster pool";
  return {
    code: "cascade",
    message: `flyteadmin deletes with the ${what} of ${name} those of everything below it: ${named}${more}. They are written down before and written back right after; an execution that starts in between runs as if they were not there.`,
    addresses: [formatAddress(kind, name), ...below.map((row) => formatAddress(kind, row))],
  };
}
