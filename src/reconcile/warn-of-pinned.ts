import pLimit from "p-limit";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { Desired } from "../model/objects/desired.ts";
import type { LiveState } from "../model/objects/live.ts";
import type { Finding } from "../plan/compare/finding.ts";
import type { ComputedPlan } from "../plan/compute-plan.ts";
import type { FlyteadminReader } from "../systems/flyteadmin/flyteadmin-reader.ts";
import { findLoaded } from "./gather-facts.ts";

/** Where executions are looked for, and what leaves. */
export interface PinnedSearch {
  readonly desired: Desired;
  readonly live: LiveState;
  readonly reader: FlyteadminReader | null;
}

/** Lists of executions that are asked for at the same time. */
const LISTS_AT_ONCE = 8;
/** Executions named in a message; more are counted. */
const NAMED_EXECUTIONS = 3;

/**
 * Warns where a plan takes a cluster out of Flyte's configuration that executions are still on: flyteadmin finds the cluster of an
 * execution by its name, and can't end one whose cluster it does not know any more. Nothing is asked where no cluster leaves.
 */
export async function warnOfPinned(plan: ComputedPlan, search: PinnedSearch): Promise<ComputedPlan> {
  const { desired, live, reader } = search;
  const addresses = plan.body.changes
    .map(({ address }) => address)
    .filter((address) => address.startsWith("flyte_clusters."));
  const leaving = listLeaving(desired, live);
  if (reader === null || addresses.length === 0 || leaving.length === 0) return plan;
  const findings = (await explainSearch(leaving, search, reader)).map(
    (message): Finding => ({ check: "in-flight", status: "warn", message, addresses }),
  );
  return { ...plan, findings: [...plan.findings, ...findings] };
}

/** Clusters that were delivered and that no manifest lists any more. */
function listLeaving(desired: Desired, live: LiveState): readonly string[] {
  const staying = new Set(desired.flyte_clusters.flatMap(({ value }) => value.cluster_configs.map(({ name }) => name)));
  const delivered = findLoaded(live, desired)?.value.cluster_configs ?? [];
  return delivered.map(({ name }) => name).filter((name) => !staying.has(name));
}

async function explainSearch(
  leaving: readonly string[],
  { live }: PinnedSearch,
  reader: FlyteadminReader,
): Promise<readonly string[]> {
  try {
    const found = await findExecutions(live, reader);
    return leaving.flatMap((cluster) => {
      const names = found.filter((execution) => execution.cluster === cluster).map(({ name }) => name);
      return names.length === 0 ? [] : [describePinned(cluster, names)];
    });
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return [
      `It is unknown whether executions run on ${leaving.join(", ")}, which ${leaving.length === 1 ? "leaves" : "leave"} Flyte's clusters: ${error.message}`,
    ];
  }
}

async function findExecutions({ flyteadmin }: LiveState, reader: FlyteadminReader) {
  const limit = pLimit(LISTS_AT_ONCE);
  const lists = flyteadmin.projects.flatMap(({ id, domains }) =>
    domains.map((domain) =>
      limit(async () =>
        (await reader.listRunning(id, domain)).map(({ name, cluster }) => ({
          name: `${id}:${domain}:${name}`,
          cluster,
        })),
      ),
    ),
  );
  return (await Promise.all(lists)).flat();
}

function describePinned(cluster: string, names: readonly string[]): string {
  const some = names.slice(0, NAMED_EXECUTIONS).join(", ");
  const more = names.length > NAMED_EXECUTIONS ? ` and ${names.length - NAMED_EXECUTIONS} more` : "";
  return `Cluster ${cluster} leaves Flyte's clusters, but executions still run on it: ${some}${more}. flyteadmin can no longer abort them: keep it listed with enabled: false until they have ended.`;
}
