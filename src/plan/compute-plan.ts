import { type Address, KINDS } from "../model/address.ts";
import type { LiveState } from "../model/live.ts";
import { maskCredentials, maskValue } from "../model/mask-credentials.ts";
import type { Change, OwnershipClaim, PlanBody, PlanTarget, Step } from "../model/plan.ts";
import { summariseChanges } from "../model/summarise-changes.ts";
import { type Choice, chooseChanges, notePart } from "./choose-changes.ts";
import { computeRouting, sameRoute } from "./compute-routing.ts";
import { decide } from "./decide.ts";
import type { Decisions } from "./decisions.ts";
import { digestEffect, digestLive } from "./digest-plan.ts";
import { createDraft, type Draft, fact, type StepDraft } from "./draft.ts";
import { type AffectedQueue, findAffectedQueues } from "./find-affected-queues.ts";
import { findBucketConflicts } from "./find-bucket-conflicts.ts";
import { findCapabilityRisks } from "./find-capability-risks.ts";
import { findClusterRisks } from "./find-cluster-risks.ts";
import { findMissingPools } from "./find-missing-pools.ts";
import { findNewClaims } from "./find-new-claims.ts";
import { findOrigins } from "./find-origins.ts";
import { findOwnershipRisks } from "./find-ownership-risks.ts";
import { findPlaceRisks } from "./find-place-risks.ts";
import { findBlackHoles, noteLeftBehind } from "./find-routing-risks.ts";
import { findSetRisks } from "./find-set-risks.ts";
import type { Finding } from "./finding.ts";
import { append, compareText, isLive, isWildcard } from "./index-world.ts";
import { linkReferences, loosenSettings } from "./link-references.ts";
import { noteHandOvers, noteInterruptions, noteOtherNames, noteWrittenOut } from "./note-interruptions.ts";
import { noteForeign, noteOwnership } from "./note-ownership.ts";
import { notePoolMaps } from "./note-pool-maps.ts";
import { noteUnseen } from "./note-unseen.ts";
import { orderSteps } from "./order-steps.ts";
import { planClusters } from "./plan-clusters.ts";
import { planIdleWaits, restoreWrittenOut } from "./plan-idle-waits.ts";
import type { PlanInput } from "./plan-input.ts";
import { planPlacements } from "./plan-placements.ts";
import { planPools } from "./plan-pools.ts";
import { planQueues, type ReleaseMode } from "./plan-queues.ts";
import { planRemovals } from "./plan-removals.ts";
import { type Arrival, orderDepartures, type WildcardOrder, type WildcardQueues } from "./protect-wildcards.ts";
import { recordAdoptions } from "./record-adoptions.ts";
import { closeSelection, type Selection, selects } from "./select-subset.ts";
import { sortInput } from "./sort-input.ts";

/** A plan before guards and seal, with what the guards have to judge. */
export interface ComputedPlan {
  readonly body: PlanBody;
  readonly findings: readonly Finding[];
  /** Queues whose work is to be read, for the plan's impact. */
  readonly affected: readonly AffectedQueue[];
}

/**
 * Computes what has to be done to make the live state what the manifests want, in a safe order. Pure: it calls nothing, reads
 * no clock, and gives the same bytes for the same input in any order. Cost is linear in objects and references.
 */
export function computePlan(unsorted: PlanInput): ComputedPlan {
  const input = sortInput(unsorted);
  const { decisions, full, selection } = planSelected(decide(input));
  const choice = chooseChanges(full.draft, selection);
  const changes = sortChanges(
    findOrigins(full.draft.changes, input).filter(({ address }) => choice.includes(address)),
  ).map(maskChange);
  const steps = full.steps.filter((step) => choice.includes(step.address));
  const changed = new Set(changes.map(({ address }) => address));
  const routing = computeRouting(decisions, changed);
  const wildcardQueues = findWildcardQueues(decisions);
  const findings = [
    ...findOwnershipRisks(decisions),
    ...findCapabilityRisks(decisions),
    ...findClusterRisks(decisions),
    ...findMissingPools(decisions),
    ...findBucketConflicts(decisions),
    ...findBlackHoles(routing, decisions),
    ...findSetRisks(decisions, changes),
    ...findPlaceRisks(decisions),
  ];
  const claim = findNewClaims(full.draft.claims, steps, input)
    .filter(({ address }) => choice.includes(address))
    .map(maskClaim);
  const notices = [
    ...notePart(full.draft.changes, choice, input.options),
    ...full.draft.notices,
    ...noteInterruptions(decisions, steps, full.wildcards, wildcardQueues),
    ...noteHandOvers(decisions),
    ...notePoolMaps(decisions),
    ...noteUnseen(decisions),
    ...noteLeftBehind(routing, decisions),
    ...noteOtherNames(decisions),
    ...noteWrittenOut(decisions, steps),
    ...noteOwnership(claim, input),
    ...noteForeign(input),
  ]
    .filter(
      ({ addresses }) => addresses.length === 0 || addresses.some((address) => choice.concerns(address as Address)),
    )
    .map(maskMessage);
  const reads = steps.length === 0 ? [] : [...full.draft.reads].sort();
  const body: PlanBody = {
    format_version: "1.0",
    target: describeTarget(input.live),
    revision: input.revision,
    options: input.options,
    changes,
    steps,
    notices,
    routing: routing.touched
      .map(routing.routeOf)
      .filter((route) => !sameRoute(route.before, route.after))
      .map(({ queue, before, after }) => ({ queue, before, after })),
    summary: summariseChanges(changes),
    unmanaged: [
      ...decisions.leftovers.unmanaged.filter((key) => !changed.has(key as Address)),
      ...decisions.leftovers.kept.map(({ address }) => address),
      ...decisions.placements.unmanaged,
      ...decisions.placements.kept.map(({ address }) => address),
    ],
    ownership: {
      claim,
      release: full.draft.releases.filter((address) => choice.includes(address)),
      settle: input.settle,
    },
    reads,
    digest: digestEffect(changes, steps),
    live_digest: digestLive(input.live, reads),
  };
  return {
    body,
    findings: findings.filter((finding) => touches(finding, choice)).map(maskMessage),
    affected: findAffectedQueues(decisions, steps, wildcardQueues),
  };
}

function describeTarget({ endpoint, org, capabilities, flyteadmin, systems, delivery }: LiveState): PlanTarget {
  return {
    endpoint,
    org,
    generation: capabilities.generation,
    ...(systems.flyteadmin !== "absent" && flyteadmin.endpoint !== null && { flyteadmin: flyteadmin.endpoint }),
    ...(delivery !== null && { delivery }),
  };
}

interface FullPlan {
  readonly draft: Draft;
  readonly steps: readonly Step[];
  readonly wildcards: WildcardOrder;
}

/**
 * Plans what `--target` and `--exclude` leave. A cluster whose change is left out stays where it is, so no step of the rest is
 * drafted for its leaving; what follows from the selection is found in that plan, until nothing more does.
 */
function planSelected(decisions: Decisions) {
  const { target, exclude } = decisions.input.options;
  let selection: Selection = { target: new Set(target), exclude: new Set(exclude) };
  for (;;) {
    const departures = new Map([...decisions.departures].filter(([, { address }]) => selects(selection, address)));
    const selected = departures.size === decisions.departures.size ? decisions : { ...decisions, departures };
    const full = planInOrder(selected);
    const closed = closeSelection(full.steps, selection);
    const isClosed = closed.target.size === selection.target.size && closed.exclude.size === selection.exclude.size;
    if (isClosed) return { decisions: selected, full, selection };
    selection = closed;
  }
}

/**
 * Drafts all steps and puts them in order. Where queues wait for each other in a circle, the smallest of them lets go of its
 * leaving clusters first (shrinks, else parks), and the drafting is done again.
 */
function planInOrder(decisions: Decisions): FullPlan {
  const modes = new Map<string, ReleaseMode>();
  const uncut = new Set<string>();
  const loose = new Set<string>();
  for (;;) {
    const { draft, wildcards, modesUsed } = draftSteps(decisions, modes, uncut, loose);
    const destroyed = new Set(
      draft.changes.filter(({ actions }) => actions[0] === "delete").map(({ address }) => address),
    );
    const ordered = orderSteps(draft.steps, destroyed);
    if ("steps" in ordered) return { draft, steps: ordered.steps, wildcards };
    if (!loosenSettings(ordered.circle, draft.steps, loose))
      cutCircle(ordered.circle, draft, modesUsed, modes, wildcards, uncut);
  }
}

function draftSteps(
  decisions: Decisions,
  modes: ReadonlyMap<string, ReleaseMode>,
  uncut: ReadonlySet<string>,
  loose: ReadonlySet<string>,
) {
  const { input, world, departures, clusterOf } = decisions;
  const draft = createDraft(input.ownership);
  const force = input.options.allow.includes("in-flight");
  const arrivals = findArrivals(decisions);
  const joiners = joinersByPool(arrivals);
  const context = { world, draft, departures, joiners, clusterOf, modes, force };
  planPools(decisions.pools, draft);
  planClusters(decisions.clusters, context);
  const used = planQueues(decisions.queues, context);
  const leavingQueues = new Set(
    decisions.queues.flatMap(({ verb, physical, predecessors }) =>
      verb === "move" ? [physical] : predecessors.map((queue) => queue.name),
    ),
  );
  planRemovals(decisions.leftovers, { ...context, leavingQueues });
  planPlacements(decisions.placements, draft);
  const idle = {
    world,
    draft,
    departures,
    joiners,
    narrowed: new Set(input.narrowed),
    released: input.released,
  };
  if (!world.capabilities.cluster_state && !force) planIdleWaits(idle);
  restoreWrittenOut(idle);
  const order = orderDepartures(departures, arrivals, findWildcardQueues(decisions), world);
  const wildcards = {
    handOvers: order.handOvers.filter(({ leaver }) => !uncut.has(leaver)),
    interrupted: [
      ...order.interrupted,
      ...order.handOvers
        .filter(({ leaver }) => uncut.has(leaver))
        .map(({ leaver }) => ({ leaver, pool: departures.get(leaver)?.cluster.pool ?? "" })),
    ],
  };
  addHandOvers(draft.steps, wildcards);
  linkReferences(draft.steps, loose);
  // Whoever could send work to a cluster that leaves, now or by the time of an apply, is part of what the plan rests on.
  for (const { cluster } of departures.values()) {
    draft.reads.add(`queues.${cluster.pool}`).add(`members.${cluster.pool}`);
  }
  recordAdoptions(decisions, draft);
  return { draft, wildcards, modesUsed: used };
}

/** A leaver goes out of service only once the cluster that it hands over to serves. */
function addHandOvers(steps: readonly StepDraft[], { handOvers }: WildcardOrder): void {
  const joinerOf = new Map(handOvers.map(({ leaver, joiner }) => [leaver, joiner]));
  for (const step of steps) {
    const joiner = step.kind === "cluster" ? joinerOf.get(step.physical_name) : undefined;
    const leaves = step.op === "drain" || step.op === "move" || step.op === "delete" || step.until === "drained";
    if (joiner !== undefined && leaves) step.needs.push(fact.serving(joiner));
  }
}

function cutCircle(
  circle: readonly string[],
  draft: Draft,
  used: ReadonlyMap<string, ReleaseMode>,
  modes: Map<string, ReleaseMode>,
  wildcards: WildcardOrder,
  uncut: Set<string>,
): void {
  const members = draft.steps.filter((step) => circle.includes(step.id));
  const queues = members
    .filter((step) => step.kind === "queue" && used.has(step.physical_name) && modes.get(step.physical_name) !== "park")
    .sort((left, right) => compareText(left.address, right.address));
  const queue = queues.find((step) => used.get(step.physical_name) === "direct") ?? queues[0];
  if (queue !== undefined) {
    modes.set(queue.physical_name, used.get(queue.physical_name) === "direct" ? "shrink" : "park");
    return;
  }
  const names = new Set(members.filter((step) => step.kind === "cluster").map((step) => step.physical_name));
  const handOver = wildcards.handOvers.find(({ leaver }) => names.has(leaver));
  if (handOver === undefined) throw new Error(`steps wait for each other: ${circle.join(" -> ")}`);
  uncut.add(handOver.leaver);
}

/**
 * Clusters that start to serve in a pool within this plan. One that its manifest wants healthy is still to come until it is,
 * also where an earlier run registered it.
 */
function findArrivals({ clusters, world }: Decisions): readonly Arrival[] {
  return clusters.flatMap(({ desired, physical, pool, verb, current }): readonly Arrival[] => {
    if (desired.state !== "active" && world.capabilities.cluster_state) return [];
    const isThere = current !== null && isLive(current) && current.pool === pool && current.state === "active";
    const serves = isThere && (desired.lifecycle.await !== "healthy" || current.health === "healthy");
    return serves && verb !== "move" ? [] : [{ cluster: physical, pool, address: desired.address }];
  });
}

/** Queues that send to every member of their pool, now or once the plan is carried out. */
function findWildcardQueues({ world, queues, departures }: Decisions): WildcardQueues {
  const wildcards = new Map<string, string[]>();
  if (departures.size === 0) return wildcards;
  for (const { name, spec } of world.queues.values()) {
    if (isWildcard(spec.clusters) && isLive(world.queues.get(name))) append(wildcards, spec.cluster_pool, name);
  }
  for (const { desired, physical, pool } of queues) {
    const known = isWildcard(world.queues.get(physical)?.spec.clusters ?? []) && isLive(world.queues.get(physical));
    if (isWildcard(desired.spec.clusters) && !known) append(wildcards, pool, physical);
  }
  return wildcards;
}

function joinersByPool(arrivals: readonly Arrival[]): ReadonlyMap<string, readonly string[]> {
  const joiners = new Map<string, string[]>();
  for (const { pool, cluster } of arrivals) append(joiners, pool, cluster);
  return joiners;
}

/** Destructive first, then by kind and name: what a reviewer must not miss stands on top. */
function sortChanges(changes: readonly Change[]): readonly Change[] {
  const rank = ({ actions }: Change) => {
    if (actions.includes("delete")) return actions.length === 1 ? 0 : 1;
    return actions[0] === "update" ? 2 : actions[0] === "create" ? 3 : 4;
  };
  const kind = ({ address }: Change) => KINDS.findIndex((known) => address.startsWith(`${known}.`));
  return [...changes].sort(
    (left, right) => rank(left) - rank(right) || kind(left) - kind(right) || compareText(left.address, right.address),
  );
}

/** Only pools hold addresses that someone may have put credentials into. */
function maskChange(change: Change): Change {
  if (!change.address.startsWith("cluster_pool.")) return change;
  return { ...change, before: maskValue(change.before), after: maskValue(change.after) };
}

function maskClaim(claim: OwnershipClaim): OwnershipClaim {
  return claim.address.startsWith("cluster_pool.") ? { ...claim, applied: maskValue(claim.applied) } : claim;
}

function maskMessage<T extends { readonly message: string }>(told: T): T {
  return { ...told, message: maskCredentials(told.message) };
}

/** Risks of changes that were left out of the plan are no risks of this plan. */
function touches({ addresses }: Finding, { includes }: Choice): boolean {
  return addresses.length === 0 || addresses.some((address) => includes(address as Address));
}
