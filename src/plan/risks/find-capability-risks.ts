import type { DesiredQueue } from "../../model/objects/desired.ts";
import type { Capabilities } from "../../model/objects/live.ts";
import { CAPACITY_LIMITS, type QueueLimits } from "../../model/objects/queue-limits.ts";
import type { Finding } from "../compare/finding.ts";
import type { Decisions } from "../decide/decisions.ts";

/** What manifests or options ask for that this generation of the control plane cannot do (check `capability`). */
export function findCapabilityRisks(decisions: Decisions): readonly Finding[] {
  const { capabilities } = decisions.world;
  return [
    ...findStates(decisions, capabilities),
    ...findQueueFields(decisions, capabilities),
    ...findReplacements(decisions, capabilities),
  ];
}

function lacks(address: string, what: string, remedy: string, { generation }: Capabilities): Finding {
  const message = `${address} ${what}, which a control plane of generation ${generation} can't do. ${remedy}`;
  return { check: "capability", status: "fail", message, addresses: [address] };
}

function findStates({ clusters, queues }: Decisions, capabilities: Capabilities): readonly Finding[] {
  if (capabilities.queue_state) return [];
  return [...clusters, ...queues]
    .filter(({ desired }) => desired.state === "drained")
    .map(({ desired }) => lacks(desired.address, "sets state drained", "Remove state.", capabilities));
}

function findQueueFields({ queues, clusters }: Decisions, capabilities: Capabilities): readonly Finding[] {
  const findings: Finding[] = [];
  const check = (address: string, declared: readonly string[], limits: Partial<QueueLimits>) => {
    const { fairness } = limits;
    for (const field of capabilities.queue_capacity ? [] : CAPACITY_LIMITS) {
      if (declared.includes(field) && !isEmptyMap(limits[field]))
        findings.push(lacks(address, `sets ${field}`, `Remove ${field}.`, capabilities));
    }
    if (!capabilities.fairness && fairness !== undefined && fairness !== "round_robin") {
      findings.push(lacks(address, `sets fairness ${fairness}`, "Remove it, or set round_robin.", capabilities));
    }
  };
  for (const { desired } of queues) check(desired.address, desired.declared, desired.spec);
  for (const { desired } of clusters) {
    if (desired.queue !== null) check(desired.address, Object.keys(desired.queue), desired.queue);
  }
  return findings;
}

/** No limit at all is what every generation has. */
function isEmptyMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function findReplacements(decisions: Decisions, capabilities: Capabilities): readonly Finding[] {
  const { clusters, queues, input } = decisions;
  const findings: Finding[] = [];
  for (const { verb, desired } of [...clusters, ...queues]) {
    if (verb === "move" && !capabilities.cluster_move) {
      const how = "would be moved to another pool in place";
      findings.push({
        ...lacks(desired.address, how, "Use --on-pool-change auto.", capabilities),
        refused: true,
      });
    }
  }
  const { replace } = input.options;
  const known = new Set(replace.length === 0 ? [] : [...clusters, ...queues].map(({ desired }) => desired.address));
  for (const address of replace) {
    if (address.startsWith("cluster_pool.")) {
      const message = `${address}: a cluster pool can't be replaced; its clusters and queues are bound to it.`;
      findings.push({ check: "capability", status: "fail", message, addresses: [address] });
    } else if (!known.has(address)) {
      const message = `--replace ${address}: no manifest declares it.`;
      findings.push({ check: "capability", status: "fail", message, addresses: [address] });
    } else if (address.startsWith("queue.") && !capabilities.queue_state) {
      findings.push(lacks(address, "is to be replaced", "Queues there can't be deleted: rename it.", capabilities));
    }
  }
  return [
    ...findings,
    ...findDefaultQueue(
      queues.map(({ desired }) => desired),
      capabilities,
    ),
  ];
}

function findDefaultQueue(queues: readonly DesiredQueue[], capabilities: Capabilities): readonly Finding[] {
  if (capabilities.queue_state) return [];
  return queues
    .filter((queue) => queue.name === "default" && queue.spec.cluster_pool !== "default")
    .map((queue) => lacks(queue.address, "binds queue default to another pool", "Keep its pool.", capabilities));
}
