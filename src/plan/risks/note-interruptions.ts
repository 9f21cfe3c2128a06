import type { Address } from "../../model/address.ts";
import type { Notice } from "../../model/plan/plan.ts";
import type { Step } from "../../model/plan/step.ts";
import { listSome } from "../../model/text/list-some.ts";
import { candidateNames } from "../decide/choose-name.ts";
import type { Decisions } from "../decide/decisions.ts";
import { endsActive } from "../decide/effective-queue.ts";
import { endsInService } from "../decide/end-state.ts";
import { listLeftNames } from "../decide/former-records.ts";
import { isLive } from "../input/index-world.ts";
import type { WildcardOrder, WildcardQueues } from "../order/order-departures.ts";
import { configAfter, describeHandOver } from "./check-contract.ts";
import { goesOnElsewhere } from "./find-cluster-risks.ts";

/** Queues that take no runs for a while although they route before and after, announced in advance. */
export function noteInterruptions(
  decisions: Decisions,
  steps: readonly Step[],
  order: WildcardOrder,
  wildcards: WildcardQueues,
): readonly Notice[] {
  return [
    ...noteMovedClusters(decisions),
    ...noteReturningQueues(decisions),
    ...noteDrainedQueues(decisions, steps),
    ...noteParkedPredecessors(decisions, steps),
    ...order.interrupted.flatMap(({ pool, leaver }) => {
      const queues = wildcards.get(pool) ?? [];
      return queues.length === 0 ? [] : [noteEmptiedPool(pool, leaver, queues, decisions)];
    }),
  ];
}

/** The hand-over texts of clusters that continue in another pool. */
export function noteHandOvers(decisions: Decisions): readonly Notice[] {
  return decisions.clusters.filter(goesOnElsewhere).map(({ desired, physical, pool }) => ({
    code: "hand-over",
    message: `${desired.address}: ${describeHandOver(physical, pool, configAfter(pool, decisions))}`,
    addresses: [desired.address],
  }));
}

/** Objects that get another name than their manifest's, and why; and what stays as it is although it is called as they would be. */
export function noteOtherNames({ clusters, queues, leftovers, input }: Decisions): readonly Notice[] {
  const strangers = new Set(input.ownership === "store" ? leftovers.unmanaged : []);
  for (const name of listLeftNames(input)) strangers.delete(`queue.${name}`);
  return [...clusters, ...queues].flatMap(({ desired, physical, pool, verb, current }): readonly Notice[] => {
    if (current !== null || physical === desired.name) return [];
    const others = listNamesBefore(physical, desired.name, pool).filter((name) =>
      strangers.has(`${desired.kind}.${name}`),
    );
    if (verb !== "create" && others.length === 0) return [];
    const field = desired.kind === "cluster" ? "registration.name" : "previously";
    const strange = ` Not on record as its own, so not changed: ${listSome(others)}. If it is one of them, set ${field}: ${others[0]}.`;
    const message = `${desired.address} is created as ${physical}: its name is held by another record, or by a queue bound to another pool.${others.length === 0 ? "" : strange}`;
    return [{ code: "other-name", message, addresses: [desired.address] }];
  });
}

/** What has the name of an object's manifest, or its former one, and is neither its registration nor on record: it is a foreign object, beside its own. */
export function noteNamesakes({ pools, clusters, queues, leftovers, input, world }: Decisions): readonly Notice[] {
  if (input.ownership !== "store") return [];
  const strangers = new Set(leftovers.unmanaged);
  for (const name of listLeftNames(input)) strangers.delete(`queue.${name}`);
  // Where queues can't be deleted, nothing would become of it anyway.
  const judged = [...pools, ...clusters, ...(world.capabilities.queue_state ? queues : [])];
  return judged.flatMap(({ desired: { address, kind, name, previously }, physical, current }): readonly Notice[] => {
    const names = [name, previously].filter((one) => physical !== one && strangers.has(`${kind}.${one}`));
    if (current === null || names.length === 0) return [];
    const message = `${address} is registered as ${physical}. What is called ${names.join(" or ")} is not on record as its own and is not changed.`;
    return [{ code: "other-name", message, addresses: [address] }];
  });
}

/** The names that were made up before the one that was chosen. */
function listNamesBefore(chosen: string, name: string, pool: string): readonly string[] {
  const names: string[] = [];
  for (const candidate of candidateNames(name, name, pool)) {
    if (candidate === chosen || names.length > MOST_NAMES) break;
    names.push(candidate);
  }
  return names.slice(1);
}

/** More than anybody reads. */
const MOST_NAMES = 20;

/** `*` queues that no manifest governs and that are written out for a while all the same. */
export function noteWrittenOut({ queues, input }: Decisions, steps: readonly Step[]): readonly Notice[] {
  const governed = new Set(queues.map((queue) => queue.physical));
  return steps
    .filter((step) => step.kind === "queue" && !governed.has(step.physical_name))
    .flatMap((step): readonly Notice[] => {
      const name = step.physical_name;
      const written = step.phase === "write-out";
      if (!written && !(step.phase === "restore" && input.narrowed.includes(name))) return [];
      const message = written
        ? `Queue ${name}, which no manifest names, is written out as its other members while a cluster leaves, and set back to * afterwards.`
        : `Queue ${name} was written out by an interrupted run and is set back to *.`;
      return [{ code: "written-out", message, addresses: [step.address, `queue.${name}`], queues: [name] }];
    });
}

/** What is already out of service permanently, and has work left from before: nothing of it is to be written any more. */
export function noteDraining(steps: readonly Step[]): readonly Notice[] {
  const written = new Set(
    steps.filter(({ op }) => op !== "await").map(({ kind, physical_name }) => `${kind}.${physical_name}`),
  );
  return steps
    .filter(({ until, kind, physical_name }) => until === "drained" && !written.has(`${kind}.${physical_name}`))
    .map(({ address, kind, physical_name: name }) => ({
      code: "draining",
      message: `${kind === "queue" ? "Queue" : "Cluster"} ${name} takes no new work and still has some: the plan waits until it is drained.`,
      addresses: [address],
      ...(kind === "queue" && { queues: [name] }),
    }));
}

function noteMovedClusters({ clusters, world }: Decisions): readonly Notice[] {
  return clusters
    .filter((cluster) => cluster.verb === "move" && endsInService(cluster, world))
    .map(({ desired, physical }) => ({
      code: "interruption",
      message: `Queue ${physical} takes no runs while cluster ${physical} drains and moves: until then, runs sent to it are refused.`,
      addresses: [desired.address],
      queues: [physical],
    }));
}

/**
 * Where queues can't be deleted, one is left with an empty selector by a registration that is gone. Until a cluster of its name is there
 * again it can name none, so it routes nowhere for the moment between the two writes; sending its work elsewhere would be worse.
 */
function noteReturningQueues({ clusters, world }: Decisions): readonly Notice[] {
  if (world.capabilities.co_named_managed) return [];
  return clusters.flatMap(({ verb, desired, physical, pool }): readonly Notice[] => {
    const queue = world.queues.get(physical);
    const returns = verb === "create" || verb === "replace";
    if (!returns || queue === undefined || !isLive(queue) || queue.spec.cluster_pool !== pool) return [];
    if (queue.spec.clusters.length > 0) return [];
    return [
      {
        code: "interruption",
        message: `Queue ${physical} is left from an earlier registration and routes nowhere until cluster ${physical} is registered and the queue names it again: until then, work sent to it is accepted and reaches no cluster.`,
        addresses: [desired.address],
        queues: [physical],
      },
    ];
  });
}

function noteDrainedQueues({ queues }: Decisions, steps: readonly Step[]): readonly Notice[] {
  const drained = new Set(
    steps.filter((step) => step.kind === "queue" && step.op === "drain").map((step) => step.physical_name),
  );
  return queues
    .filter((queue) => drained.has(queue.physical) && endsActive(queue) && queue.verb !== "replace")
    .map(({ desired, physical }) => ({
      code: "interruption",
      message: `Queue ${physical} refuses runs while it is drained and pointed elsewhere.`,
      addresses: [desired.address],
      queues: [physical],
    }));
}

/** A queue that has to release its clusters before its successor can name them takes no runs until that one is there. */
function noteParkedPredecessors({ queues }: Decisions, steps: readonly Step[]): readonly Notice[] {
  const parked = new Set(steps.filter(({ phase }) => phase === "park").map((step) => step.physical_name));
  return queues.flatMap(({ predecessors, physical, desired }) =>
    predecessors
      .filter(({ name }) => parked.has(name))
      .map(({ name }) => ({
        code: "interruption",
        message: `Queue ${name} takes no runs from when it is drained, and queue ${physical}, which replaces it, only once it is created: until then, runs sent to either are refused.`,
        addresses: [desired.address],
        queues: [name],
      })),
  );
}

function noteEmptiedPool(
  pool: string,
  leaver: string,
  queues: readonly string[],
  { departures, queues: assigned }: Decisions,
): Notice {
  const addressOf = new Map(assigned.map((queue) => [queue.physical, queue.desired.address]));
  const address: Address | undefined = departures.get(leaver)?.address;
  return {
    code: "interruption",
    message: `Pool ${pool} has no cluster in service from when ${leaver} leaves until its next one serves: queue ${queues.join(", ")} routes nowhere until then, and work sent to it waits.`,
    addresses: [
      ...(address === undefined ? [] : [address]),
      ...queues.map((queue) => addressOf.get(queue) ?? `queue.${queue}`),
    ],
    queues,
  };
}
