import { recallStore } from "../../src/apply/recall.ts";
import { dropReferences } from "../../src/manifests/drop-references.ts";
import { buildLoaded, hasErrors } from "../../src/manifests/load-desired.ts";
import type { OwnedObject } from "../../src/model/ledger/ledger.ts";
import type { Desired } from "../../src/model/objects/desired.ts";
import { isEmptyPlan, type PlanOptions } from "../../src/model/plan/plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import { sealTarget } from "../../src/reconcile/seal-target.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { checkWorld, listWanted, type Names } from "./check-world.ts";
import { openStageTarget } from "./read-names.ts";
import { ROW_KINDS, readRowName, readRows } from "./rows.ts";
import { ORG, type Stage, TARGET } from "./stage.ts";
import { STRANGERS } from "./strangers.ts";
import type { World } from "./world.ts";

const OPTIONS: PlanOptions = {
  ...{ prune: "owned", on_pool_change: "auto" },
  ...{ target: [], exclude: [], replace: [], allow: [], store: null },
};

/** Everything that is not as it has to be where the daemon says that nothing is left to do; empty: all is well. */
export async function checkRest(stage: Stage, world: World): Promise<readonly string[]> {
  const files = [...stage.pushed()].map(([path, text]) => ({ path, text }));
  const { desired, diagnostics } = buildLoaded({ files, diagnostics: [] }, { org: ORG });
  if (hasErrors(diagnostics)) return [`the soak's own manifests are wrong: ${diagnostics[0]?.summary}`];
  return checkStore(stage, world, dropReferences(desired));
}

/** What the store says, and a plan of our own, made as the command makes it, with what the daemon's store remembers. */
async function checkStore(stage: Stage, world: World, manifests: Desired): Promise<readonly string[]> {
  const target = openStageTarget(stage);
  const database = await openDatabase(stage.store);
  try {
    const store = database.storeOf(target.ledger);
    const memory = await recallStore(store);
    const key = await store.vaultKey();
    const sealed = sealTarget(target, {
      desired: manifests,
      key,
      owned: [...memory.owned, ...memory.released],
      remembered: memory.sensitive,
      patterns: [],
    });
    const { desired } = sealed;
    const { readers } = sealed.target;
    const scopes = [
      { domain: "development", project: null },
      { domain: "development", project: "project1" },
    ];
    const plan = await makePlan({ desired, readers, scopes, memory, options: OPTIONS, revision: null });
    const found: string[] = [];
    if (!isEmptyPlan(plan)) {
      found.push(`not converged: ${plan.changes.map(({ address, action }) => `${action} ${address}`).join(", ")}`);
    }
    const open = await store.readOpenIntents();
    if (open.length > 0) found.push(`intents stay open: ${open.map(({ step_id }) => step_id).join(", ")}`);
    const names: Names = new Map(memory.owned.map(({ address, physical_name }) => [address, physical_name]));
    found.push(...checkWorld(stage, world, names));
    found.push(...compareOwned(stage, names, new Set(listWanted(world, ORG))));
    found.push(...findUnaccounted(stage, memory.owned));
    found.push(...checkRows(stage, world, names));
    found.push(...checkRouting(stage, desired, memory.owned));
    const approvals = (await database.records.readApprovals(TARGET)).filter(
      ({ state }) => state === "open" || state === "running",
    );
    if (approvals.length > 0) found.push(`approvals stay ${approvals.map(({ state }) => state).join(", ")}`);
    const requests = await database.records.readRequests(TARGET);
    if (requests.length > 0) found.push(`${requests.length} requests stay`);
    return found;
  } finally {
    await database.close();
    await target.close();
  }
}

/** What is owned is what the world wants; on 2026-07, where neither a queue nor its pool can be deleted, also those that are still there. */
function compareOwned({ controlPlane }: Stage, names: Names, wanted: ReadonlySet<string>): readonly string[] {
  const { queue, pool, generation } = controlPlane.model.state;
  const missing = [...wanted].filter((address) => !names.has(address));
  const stays = (address: string, name: string) =>
    generation === "2026-07" &&
    (address.startsWith("queue.") ? queue : pool).rows.has(name) &&
    /^(queue|cluster_pool)\./.test(address);
  const excess = [...names].filter(([address, name]) => !wanted.has(address) && !stays(address, name));
  return [
    ...(missing.length > 0 ? [`not owned: ${missing.join(", ")}`] : []),
    ...(excess.length > 0 ? [`owned without a manifest: ${excess.map(([address]) => address).join(", ")}`] : []),
  ];
}

/** What is live and is neither on record as ours, nor a stranger's, nor made by the server itself. */
function findUnaccounted({ controlPlane: { model } }: Stage, owned: readonly OwnedObject[]): readonly string[] {
  const { pool, cluster, queue, generation } = model.state;
  const ours = new Set(owned.map(({ kind, physical_name }) => `${kind}.${physical_name}`));
  const isThere = (name: string) => cluster.rows.has(name) && cluster.rows.get(name)?.state !== "deleted";
  const clusters = cluster.keys.filter(isThere).map((name) => `cluster.${name}`);
  // On 2026-07 neither a queue that a replacement left nor its pool can be deleted.
  const canDelete = generation === "2026-11";
  const pools = pool.keys.filter((name) => canDelete && pool.rows.get(name)?.deleted_at === null);
  const queues = queue.keys.filter((name) => canDelete && queue.rows.get(name)?.state !== "deleted" && !isThere(name));
  const live = [...clusters, ...pools.map((name) => `cluster_pool.${name}`), ...queues.map((name) => `queue.${name}`)];
  const isMade = (name: string) => name.endsWith(".default") || STRANGERS.has(name.replace(/^\w+\./, ""));
  const excess = live.filter((name) => !ours.has(name) && !isMade(name));
  return excess.length === 0 ? [] : [`live, and nobody accounts for it: ${excess.join(", ")}`];
}

/** flyteadmin holds the rows of the world, pools by the names that they have there, and beside them those of strangers. */
function checkRows(stage: Stage, world: World, names: Names): readonly string[] {
  const wanted = [...world.rows].map(([row, value]) => {
    const { folder, scope } = readRowName(row);
    const { kind } = ROW_KINDS[folder];
    const pool = kind === "cluster_pool_attributes" ? names.get(`cluster_pool.${value}`) : undefined;
    return [`${kind}.${scope}`, pool ?? value] as const;
  });
  const expected = new Map([...wanted, ...readRows(stage, "strangers")]);
  const rows = readRows(stage, "all");
  const all = [...new Set([...expected.keys(), ...rows.keys()])].sort();
  return all
    .filter((name) => expected.get(name) !== rows.get(name))
    .map((name) => `row ${name} is ${rows.get(name) ?? "missing"} in place of ${expected.get(name) ?? "missing"}`);
}

/** Each queue of a manifest that is in service reaches a cluster that is in service. */
function checkRouting(
  { controlPlane: { model } }: Stage,
  { queues }: Desired,
  owned: readonly OwnedObject[],
): readonly string[] {
  const { queue: live, cluster: clusters, by } = model.state;
  const physical = new Map(owned.map(({ address, physical_name }) => [address, physical_name]));
  return queues.flatMap(({ address, state }): readonly string[] => {
    if (state === "drained") return [];
    const name = physical.get(address) ?? address;
    const record = live.rows.get(name);
    if (record === undefined || record.state !== "active") return [`queue ${name} is ${record?.state ?? "missing"}`];
    const { clusters: selected, cluster_pool } = record.spec;
    const members = [...(by.members.get(cluster_pool) ?? [])];
    const reached = selected.includes("*") ? members : selected.filter((cluster) => members.includes(cluster));
    const active = reached.filter((cluster) => clusters.rows.get(cluster)?.state === "active");
    return active.length > 0 ? [] : [`queue ${name} routes nowhere`];
  });
}
