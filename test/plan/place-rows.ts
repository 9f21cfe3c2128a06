/** Rows of flyteadmin that name a pool, planned beside pools and clusters of a control plane in this process. */
import { formatAddress } from "../../src/model/address.ts";
import { parseAttributesScope } from "../../src/model/objects/attributes.ts";
import { type Desired, type DesiredAttributes, groupRows, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import type { PlanOptions } from "../../src/model/plan/plan.ts";
import type { PlanInput } from "../../src/plan/input/plan-input.ts";
import { desiredCluster, desiredPool, LIFECYCLE } from "./arbitrary-desired.ts";
import { buildRows } from "./build-live.ts";
import { openWorld, planWorld, readInput } from "./open-model.ts";
import { carryOut } from "./walk-plan.ts";

/** The kind of the rows. */
export const KIND = "cluster_pool_attributes";

/** Pools by cluster, and by scope. */
export interface Places {
  readonly clusters: Readonly<Record<string, string>>;
  readonly rows: Readonly<Record<string, string>>;
}

function folder({ clusters, rows }: Places): Desired {
  return {
    ...NOTHING_DESIRED,
    pools: ["pa", "pb", "pd"].map((name) => desiredPool(name)),
    clusters: Object.entries(clusters).map(([name, pool]) => desiredCluster(name, pool)),
    rows: groupRows(Object.entries(rows).map(([scope, pool]) => desiredRow(scope, pool))),
  };
}

function desiredRow(name: string, value: string): DesiredAttributes {
  const source = { file: "rows/a.yaml", line: 1 };
  return {
    ...{ kind: KIND, name, address: formatAddress(KIND, name), previously: null, lifecycle: LIFECYCLE, source },
    ...{ scope: parseAttributesScope(name), value },
  };
}

/** What the plan from one state, with rows that are owned, to another is made from. */
export async function moveFrom(
  generation: Generation,
  before: Places,
  next: Places,
  options: Partial<PlanOptions> = {},
): Promise<PlanInput> {
  const world = openWorld(generation);
  await carryOut(world, await planWorld(world, folder({ ...before, rows: {} })));
  const input = await readInput(world, folder(next), { allow: ["empty-set", "max-disruption-share"], ...options });
  const flyteadmin = {
    endpoint: "https://flyte.example.com",
    projects: [{ id: "p1", name: "p1", domains: ["development"], state: "active" }],
    domains: ["development"],
    rows: buildRows({ [KIND]: before.rows }),
  };
  const owned = Object.keys(before.rows).map((name) => ({
    ...{
      address: formatAddress(KIND, name),
      kind: KIND,
      name,
      physical_name: name,
      previous_names: [],
      left_names: [],
    },
    ...{ applied: {}, lifecycle: { prevent_destroy: false, on_remove: "delete" as const } },
  }));
  return {
    ...input,
    owned: [...input.owned, ...(owned as unknown as typeof input.owned)],
    live: { ...input.live, systems: { ...input.live.systems, flyteadmin: "read" }, flyteadmin },
  };
}
