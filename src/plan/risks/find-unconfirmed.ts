import type { Kind } from "../../kinds/registry.ts";
import { formatAddress } from "../../model/address.ts";
import type { JsonObject } from "../../model/json/json.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import type { LiveState } from "../../model/objects/live.ts";
import { flattenFields } from "../../model/plan/flatten-fields.ts";
import type { Change } from "../../model/plan/plan.ts";
import type { Op, Step } from "../../model/plan/step.ts";
import { listSome } from "../../model/text/list-some.ts";
import { type Finding, RESTORED_OWNERSHIP } from "../compare/finding.ts";
import { sameJson } from "../fields/compare-fields.ts";
import type { PlanInput } from "../input/plan-input.ts";
import { poolFields } from "../steps/plan-pools.ts";

/**
 * What the check `restored-ownership` finds: what a restored backup alone says is owned, and would be taken out of service, moved or deleted,
 * though it is not as it was applied last. Since the backup it may have been deleted, and made again by another writer.
 */
export function findUnconfirmed(
  { owned, live }: Pick<PlanInput, "owned" | "live">,
  { changes, steps }: { readonly changes: readonly Change[]; readonly steps: readonly Step[] },
): readonly Finding[] {
  const unconfirmed = owned.filter((record) => record.unconfirmed === true);
  if (unconfirmed.length === 0) return [];
  const records = new Map(
    unconfirmed.flatMap((record) =>
      [...record.previous_names, record.physical_name].map(
        (name) => [formatAddress(record.kind, name), record] as const,
      ),
    ),
  );
  const changeOf = new Map(changes.map((change) => [change.address, change]));
  const ending = steps.filter(({ op }) => ENDS.has(op));
  return [...Map.groupBy(ending, ({ address }) => address)].flatMap(([address, ends]): readonly Finding[] => {
    const names = new Map(ends.map(({ kind, physical_name: name }) => [formatAddress(kind, name), name]));
    const strange = [...names].flatMap(([registered, name]) => {
      const record = records.get(registered);
      return record === undefined || isAsApplied(record, name, { live, changeOf }) ? [] : [registered];
    });
    if (strange.length === 0) return [];
    const message = `${address} would take ${listSome(strange)} out of service, move or delete it. Only a restored backup lists it as owned, and it differs from what was applied last: another writer may have created it since. To keep it, name it in a manifest with lifecycle.on_remove: orphan, apply that, and remove the manifest; else allow the check ${RESTORED_OWNERSHIP} for this plan.`;
    return [{ check: RESTORED_OWNERSHIP, status: "fail", message, addresses: [address], concerns: strange }];
  });
}

const ENDS: ReadonlySet<Op> = new Set(["drain", "delete", "move"]);

/** Whether the live fields of a registration are those that were applied last; its state and its clusters change on the way. */
function isAsApplied(
  { kind, applied, address }: OwnedObject,
  name: string,
  { live, changeOf }: { readonly live: LiveState; readonly changeOf: ReadonlyMap<string, Change> },
): boolean {
  const found = readFields(live, kind, name) ?? changeOf.get(address)?.before ?? null;
  if (applied === null || found === null) return false;
  const fields = flattenFields(found);
  return [...flattenFields(applied as JsonObject)].every(
    ([path, value]) => value === null || PASSING.test(path) || sameJson(value, fields.get(path)),
  );
}

/** The live fields of a registration under their names in manifests; null: it has none, as what stands in a place. */
function readFields({ pools, clusters, queues }: LiveState, kind: Kind, name: string): JsonObject | null {
  const spec = queues.find((queue) => queue.name === name)?.spec;
  switch (kind) {
    case "cluster": {
      const pool = clusters.find((cluster) => cluster.name === name)?.pool ?? null;
      return { pool, queue: (spec ?? {}) as unknown as JsonObject };
    }
    case "queue":
      return (spec ?? {}) as unknown as JsonObject;
    case "cluster_pool": {
      const pool = pools.find((one) => one.name === name);
      return pool === undefined ? {} : (poolFields(pool) as unknown as JsonObject);
    }
    default:
      return null;
  }
}

const PASSING = /^(queue\.)?(state|clusters)(\.|$)/;
