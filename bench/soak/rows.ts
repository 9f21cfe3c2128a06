import type { AttributesRecord } from "../../src/embedded/flyteadmin/flyteadmin-state.ts";
import type { Random } from "./random.ts";
import type { Stage } from "./stage.ts";

/** The two kinds of rows of flyteadmin that manifests can hold, by their folder. */
export const ROW_KINDS = {
  "cluster-pool-attributes": {
    kind: "cluster_pool_attributes",
    member: "cluster_assignment",
    field: "cluster_pool_name",
    key: "clusterPoolName",
  },
  "execution-cluster-labels": {
    kind: "execution_cluster_label",
    member: "execution_cluster_label",
    field: "value",
    key: "value",
  },
} as const;
export type RowFolder = keyof typeof ROW_KINDS;
export const ROW_FOLDERS: readonly RowFolder[] = ["cluster-pool-attributes", "execution-cluster-labels"];

/** Scopes of rows that are ours, the wider ones with everything below: what deletes a wide one takes along the rest. */
export const ROW_SCOPES = ["project1", "team1"].flatMap((project) => [
  project,
  `${project}/development`,
  ...["w1", "w2"].map((workflow) => `${project}/development/${workflow}`),
  `${project}/production`,
]);
/** Scopes that no manifest names, below those of {@link ROW_SCOPES}. */
const STRANGE_SCOPES = ["project1/development/theirs", "project1/production/theirs", "team1/development/theirs"];
/** What strangers' rows say: a pool and a label that are theirs. */
const STRANGE_VALUE = "stranger-pool";

/** Where a row of the world stands: `FOLDER PROJECT[/DOMAIN[/WORKFLOW]]`. */
export type RowName = `${RowFolder} ${string}`;

/** Reads a {@link RowName}. */
export function readRowName(name: RowName): { readonly folder: RowFolder; readonly scope: string } {
  const [folder, scope = ""] = name.split(" ");
  return { folder: folder as RowFolder, scope };
}

/** Writes the strangers' rows. */
export async function inviteRows(stage: Stage): Promise<void> {
  for (const folder of ROW_FOLDERS) {
    const { member, field } = ROW_KINDS[folder];
    for (const name of STRANGE_SCOPES) {
      const object = { [member]: { [field]: STRANGE_VALUE } };
      await stage.disturb("POST", "/mutate", { op: "create", kind: "attributes", name, object });
    }
  }
}

/** What flyteadmin holds, `KIND SCOPE` to its value: all rows, or those of strangers. */
export function readRows(stage: Stage, whose: "all" | "strangers"): ReadonlyMap<string, string> {
  const rows = [...stage.controlPlane.flyteadmin.state.attributes.values()].map(describeRow);
  const isTheirs = (scope: string) => STRANGE_SCOPES.includes(scope);
  return new Map(
    rows
      .filter(({ scope }) => whose === "all" || isTheirs(scope))
      .map(({ kind, scope, value }) => [`${kind}.${scope}`, value] as const)
      .sort(([one], [other]) => one.localeCompare(other)),
  );
}

type RowKind = (typeof ROW_KINDS)[RowFolder];

function kindOf({ attributes }: AttributesRecord): RowKind {
  const labels = ROW_KINDS["execution-cluster-labels"];
  return labels.member in attributes ? labels : ROW_KINDS["cluster-pool-attributes"];
}

function scopeOf({ project, domain, workflow }: AttributesRecord): string {
  return [project, domain, workflow].filter((part) => part !== "").join("/");
}

function describeRow(record: AttributesRecord) {
  const { kind, member, field } = kindOf(record);
  const held = record.attributes[member] as Readonly<Record<string, string>>;
  return { kind, scope: scopeOf(record), value: held[field] ?? "" };
}

/** A change or a delete of a row of ours behind poolkeeper's back; null where there is none. Only that row goes, unlike in a delete by flyteadmin's own rules. */
export function drawRowDrift(stage: Stage, random: Random): object | null {
  const records = [...stage.controlPlane.flyteadmin.state.attributes.values()];
  const rows = records.filter((record) => ROW_SCOPES.includes(scopeOf(record)));
  if (rows.length === 0) return null;
  const row = random.pick(rows);
  const name = scopeOf(row);
  const { member, field } = kindOf(row);
  if (random.chance(0.4)) return { op: "delete", kind: "attributes", name, path: member };
  return { op: "set", kind: "attributes", name, path: `${member}.${field}`, value: random.pick(["default", "l1"]) };
}
