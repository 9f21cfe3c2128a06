import { formatAddress } from "../../model/address.ts";
import { listSome } from "../../model/text/list-some.ts";
import type { Finding } from "../compare/finding.ts";
import type { ClusterAssignment } from "../decide/assign-registrations.ts";
import type { Decisions } from "../decide/decisions.ts";
import { isLive } from "../input/index-world.ts";
import { effectiveConfig } from "../steps/plan-pools.ts";
import { compareContract, configAfter, describeHandOver } from "./check-contract.ts";

/** What the checks `contract` and `apps` find about the data planes behind the clusters. */
export function findClusterRisks(decisions: Decisions): readonly Finding[] {
  return [
    ...findDeclared(decisions),
    ...findBrokenMembers(decisions),
    ...findHandOvers(decisions),
    ...findApps(decisions),
  ];
}

/** Manifests whose `data_plane` contradicts the pool that they are in, as far as the folder could not show. */
function findDeclared(decisions: Decisions): readonly Finding[] {
  return decisions.clusters.flatMap(({ desired, pool }): Finding[] => {
    const config = configAfter(pool, decisions);
    if (desired.data_plane === null || config === undefined) return [];
    const differences = compareContract(desired.data_plane, config);
    if (differences.length === 0) return [];
    const message = `${desired.address}: its data_plane does not fit pool ${pool}: ${differences.join("; ")}.`;
    return [{ check: "contract", status: "fail", message, addresses: [desired.address] }];
  });
}

/**
 * Members whose data plane fits a pool now and would not once its config changes. Whether they are healthy right now says nothing: who is
 * silent for a moment is broken as well.
 */
function findBrokenMembers(decisions: Decisions): readonly Finding[] {
  const { world, departures } = decisions;
  return decisions.pools.flatMap((assignment): Finding[] => {
    const { desired, physical, current } = assignment;
    if (current === null || !isLive(current)) return [];
    const config = effectiveConfig(assignment);
    const broken = (world.members.get(physical) ?? []).filter((name) => {
      const cluster = world.clusters.get(name);
      if (cluster?.data_plane == null || departures.has(name)) return false;
      const fits = compareContract(cluster.data_plane, current.config).length === 0;
      return fits && compareContract(cluster.data_plane, config).length > 0;
    });
    if (broken.length === 0) return [];
    const message = `${desired.address}: its new config would make ${listSome(broken)} unhealthy: their data planes declare the old one. Change the operators first, or allow it for this plan.`;
    const concerns = broken.map((name) => formatAddress("cluster", name));
    return [{ check: "contract", status: "fail", message, addresses: [desired.address], concerns }];
  });
}

/** Whether a cluster continues in another pool or under another name than its operator was set up for. */
export function goesOnElsewhere({ verb, desired, physical, pool, current }: ClusterAssignment): boolean {
  if (verb === "move" || verb === "replace") return true;
  return verb === "restore" ? current?.pool !== pool : verb === "create" && physical !== desired.name;
}

/** Clusters that continue in another pool: their operators have to follow. */
function findHandOvers(decisions: Decisions): readonly Finding[] {
  return decisions.clusters.filter(goesOnElsewhere).map(({ desired, physical, pool }) => {
    const text = describeHandOver(physical, pool, configAfter(pool, decisions));
    return { check: "contract", status: "warn", message: `${desired.address}: ${text}`, addresses: [desired.address] };
  });
}

/** Assigned apps block a drain on the server; better to know before. */
function findApps({ world, departures }: Decisions): readonly Finding[] {
  if (!world.capabilities.cluster_state) return [];
  return [...departures.values()].flatMap(({ cluster, address }): Finding[] => {
    if (cluster.drained === null || cluster.drained.apps || cluster.state === "drained") return [];
    const message = `Cluster ${cluster.name} has apps assigned to it and can't be drained until they are gone. Move or stop the apps first.`;
    return [{ check: "apps", status: "fail", message, addresses: [address], refused: true }];
  });
}
