import type { Address } from "../../model/address.ts";
import type { Sighting } from "../../model/daemon/daemon-records.ts";
import { type JsonObject, sameJson } from "../../model/json/json.ts";
import { isManifestGone } from "../../model/ledger/is-manifest-gone.ts";
import type { OwnedObject, TakenCluster } from "../../model/ledger/ledger.ts";
import type { Lifecycle } from "../../model/objects/desired.ts";
import type { LastChange, LiveState } from "../../model/objects/live.ts";
import type { OtherWrite } from "../../model/passes/other-write.ts";
import { isShared, withoutFields } from "../../model/plan/field-origins.ts";
import { listWrites } from "../../model/plan/list-writes.ts";
import { isNoOp, type OwnershipClaim, type Plan } from "../../model/plan/plan.ts";

/** What writes of others are found by. */
export interface OtherWriteFacts {
  readonly plan: Pick<Plan, "changes" | "ownership" | "revision">;
  /** What this store has on record. */
  readonly owned: readonly OwnedObject[];
  /** What it has moved in a rollout that is not over: its record is written once all is done that the change waits for. */
  readonly taken: readonly Pick<TakenCluster, "address">[];
  readonly live: Pick<LiveState, "pools" | "clusters" | "queues">;
  /** What was found to be changed outside in the look before, and in this one. */
  readonly before: readonly Sighting[];
  readonly now: readonly Sighting[];
}

/**
 * Finds what only another daemon would often do. A commit asks for another value than was applied, nothing of it is in the journal, and
 * it is there already: another writer has applied the commit. Or what was in order in the look before was changed since. One of them
 * proves nothing: people change objects by hand, and commit what they have changed.
 */
export function findOtherWrites(facts: OtherWriteFacts): readonly Omit<OtherWrite, "at">[] {
  return [...findForestalled(facts), ...findUndone(facts)];
}

type Found = readonly Omit<OtherWrite, "at">[];

function findForestalled({ plan, owned, taken, live, before }: OtherWriteFacts): Found {
  const { changes, ownership, revision } = plan;
  const records = new Map(owned.map((object) => [object.address, object]));
  // What this store's own runs have begun, and what a user was seen to change by hand before it was committed.
  const explained = new Set<Address>([
    ...ownership.settle,
    ...taken.map(({ address }) => address),
    ...before.map(({ address }) => address),
    ...changes.filter((change) => !isNoOp(change)).map(({ address }) => address),
  ]);
  return ownership.claim.flatMap((claim): Found => {
    const record = records.get(claim.renamed_from ?? claim.address);
    if (record === undefined || explained.has(claim.address) || record.physical_name !== claim.physical_name) return [];
    const fields = listTaken(record, claim);
    if (fields.length === 0) return [];
    const { address } = claim;
    return [{ kind: "forestalled", address, fields, revision, ...findLastChange(address, claim.physical_name, live) }];
  });
}

/** Fields that had a value when they were applied, and have another one now that the manifest asks for: what it leaves alone is anybody's. */
function listTaken(record: OwnedObject, claim: OwnershipClaim): readonly string[] {
  const { kind, applied, manifest } = record;
  // Rendered files are not in the record of a manifest.
  const isCommitted = manifest !== null && (kind === "flyte_clusters" || !sameJson(manifest, claim.manifest));
  // What was without a manifest was anybody's to change.
  if (applied === null || !isCommitted || isManifestGone(record)) return [];
  const { ignore_changes = [] } = (claim.manifest.lifecycle ?? {}) as Partial<Lifecycle>;
  const isLeft = (field: string) => ignore_changes.some((ignored) => `${field}.`.startsWith(`${ignored}.`));
  const [back, forth] = [
    listWrites(claim.applied, applied as JsonObject),
    listWrites(applied as JsonObject, claim.applied),
  ];
  return [...forth]
    .filter(([path, value]) => value !== undefined && back.get(path) !== undefined)
    .map(([path]) => nameField(JSON.parse(path)))
    .filter((field) => !isLeft(field));
}

function findUndone({ plan, before, now }: OtherWriteFacts): Found {
  const earlier = new Set(before.map(({ address }) => address));
  const fresh = new Set(now.map(({ address }) => address).filter((address) => !earlier.has(address)));
  return plan.changes
    .filter(({ address }) => fresh.has(address))
    .map((found) => {
      const change = isShared(found) ? withoutFields(found, "commit") : found;
      const paths = [...listWrites(change.before ?? {}, change.after ?? {}).keys()];
      return {
        ...{ kind: "undone", address: change.address, revision: plan.revision },
        fields: paths.map((path) => nameField(JSON.parse(path))).sort(),
        ...{ changed_by: change.changed_by ?? null, changed_at: change.changed_at ?? null },
      };
    });
}

function nameField(path: readonly string[]): string {
  return path.join(".");
}

function findLastChange(
  address: Address,
  name: string,
  { pools, clusters, queues }: OtherWriteFacts["live"],
): Pick<OtherWrite, "changed_by" | "changed_at"> {
  const kinds: Readonly<Record<string, readonly (LastChange & { readonly name: string })[]>> = {
    cluster_pool: pools,
    cluster: clusters,
    queue: queues,
  };
  const found = kinds[address.slice(0, address.indexOf("."))]?.find((record) => record.name === name);
  return { changed_by: found?.changed_by ?? null, changed_at: found?.changed_at ?? null };
}
