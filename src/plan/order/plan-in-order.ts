import type { Address } from "../../model/address.ts";
import { isAllowed } from "../../model/plan/is-allowed.ts";
import type { Change } from "../../model/plan/plan.ts";
import { nameChosen } from "../../model/plan/put-back.ts";
import type { Step } from "../../model/plan/step.ts";
import type { Decisions } from "../decide/decisions.ts";
import { listRestorable } from "../decide/effective-queue.ts";
import { endsInService } from "../decide/end-state.ts";
import { createDraft, type Draft, type Fact, fact, isServing, type StepDraft } from "../draft/draft-step.ts";
import { append, compareText, isLive, isWildcard } from "../input/index-world.ts";
import { closeSelection, type Selection, selects } from "../input/select-subset.ts";
import { recordAdoptions } from "../ownership/record-adoptions.ts";
import { openNamed, openQueues } from "../placements/compare-settings.ts";
import { planPlacements } from "../placements/plan-placements.ts";
import { planClusters } from "../steps/plan-clusters.ts";
import { planIdleWaits, restoreWrittenOut } from "../steps/plan-idle-waits.ts";
import { planPools } from "../steps/plan-pools.ts";
import { planQueues, type ReleaseMode } from "../steps/plan-queues.ts";
import { planRemovals } from "../steps/plan-removals.ts";
import { resetFairness } from "../steps/reset-fairness.ts";
import { planReturns } from "../unfinished/settle-drains.ts";
import { chooseAnother, chooseLast } from "./choose-last.ts";
import { explainCircle } from "./explain-circle.ts";
import { giveService, isServedNow, openLosses } from "./give-service.ts";
import { linkReferences, loosenLeavers, loosenReferences, noteFollowers } from "./link-references.ts";
import { linkRows, loosenRows } from "./link-rows.ts";
import { listRowWays } from "./list-row-ways.ts";
import { cutLabels, loosenLabels } from "./loosen-labels.ts";
import { orderAmongRows } from "./order-among-rows.ts";
import { linkBuckets, listBucketTakes } from "./order-buckets.ts";
import type { Arrival, WildcardOrder, WildcardQueues } from "./order-departures.ts";
import { orderSteps } from "./order-steps.ts";

/** All steps of a plan in their order, with what they are drafted from. */
export interface FullPlan {
  readonly draft: Draft;
  readonly steps: readonly Step[];
  readonly wildcards: WildcardOrder;
}

/**
 * Plans what `--target` and `--exclude` leave. A cluster whose change is left out stays where it is, so no step of the rest is
 * drafted for its leaving; what follows from the selection is found in that plan, until nothing more does. Settings whose queue nothing that is left makes
 * follow from that as well: in such a plan nothing is drafted that they could wait for. `left`: what else is left out.
 */
export function planSelected(decisions: Decisions, left: ReadonlySet<Address> = new Set()) {
  const { target, exclude } = decisions.input.options;
  let selection: Selection = { target: new Set(target), exclude: new Set([...exclude, ...left]) };
  for (;;) {
    const departures = new Map([...decisions.departures].filter(([, { address }]) => selects(selection, address)));
    const selected = departures.size === decisions.departures.size ? decisions : { ...decisions, departures };
    const full = planInOrder(selected, (address) => selects(selection, address));
    const nameOf = nameChosen(full.draft);
    const steps = full.steps.map((step) => ({ ...step, address: nameOf(step) }));
    const closed = closeSelection({ steps, notices: full.draft.notices }, selection);
    const isClosed = closed.target.size === selection.target.size && closed.exclude.size === selection.exclude.size;
    const led = isClosed ? findLedNowhere(decisions, full.draft, closed) : [];
    if (isClosed && led.length === 0) return { decisions: selected, full, selection };
    selection = led.length === 0 ? closed : takeAlong(led, decisions, closed);
  }
}

/** The chosen settings that would lead runs to a queue which is neither there nor made by what is chosen; `default` is the server's own. */
function findLedNowhere({ placements, world }: Decisions, draft: Draft, selection: Selection): readonly Address[] {
  if (selection.target.size + selection.exclude.size === 0) return [];
  const nameOf = nameChosen(draft);
  const chosen = draft.steps.filter((step) => selects(selection, nameOf(step)));
  const given = new Set(chosen.flatMap(({ gives }) => gives));
  const isThere = (need: Fact) => {
    const live = world.queues.get(need.slice(fact.queue("").length));
    return given.has(need) || (live !== undefined && isLive(live));
  };
  return [...placements.wanted, ...placements.removals].flatMap(({ address, needs = [] }) => {
    const queues = needs.filter((need) => need.startsWith(fact.queue("")) && need !== fact.queue("default"));
    return selects(selection, address) && !queues.every(isThere) ? [address] : [];
  });
}

/** With what those settings wait for in the whole plan, where they are to be chosen and it may be; else without them. */
function takeAlong(led: readonly Address[], decisions: Decisions, { target, exclude }: Selection): Selection {
  const { steps, draft } = planInOrder(decisions, () => true);
  const nameOf = nameChosen(draft);
  const named = steps.map((step) => ({ ...step, address: nameOf(step) }));
  const brought = closeSelection(
    { steps: named, notices: draft.notices },
    { target: new Set(led), exclude: new Set() },
  ).target;
  const isBrought = target.size > 0 && [...brought].every((address) => !exclude.has(address));
  return isBrought && [...brought].some((address) => !target.has(address))
    ? { target: new Set([...target, ...brought]), exclude }
    : { target, exclude: new Set([...exclude, ...led]) };
}

/** The changes alone, without the order of their steps. */
export function draftChanges(decisions: Decisions): readonly Change[] {
  return draftSteps(decisions, () => true, new Map(), new Set(), new Set()).draft.changes;
}

/**
 * Drafts all steps and puts them in order. Where queues wait for each other in a circle, the smallest of them releases its
 * leaving clusters first (shrinks, else parks), and the drafting is done again. Throws an OperationalError `steps_in_circle` where nothing opens one.
 */
function planInOrder(decisions: Decisions, isPlanned: (address: Address) => boolean): FullPlan {
  const modes = new Map<string, ReleaseMode>();
  const uncut = new Set<string>();
  const loose = new Set<string>();
  for (;;) {
    const { draft, members, followed, wildcards, modesUsed } = draftSteps(decisions, isPlanned, modes, uncut, loose);
    const destroyed = new Set(draft.changes.filter(({ action }) => action === "delete").map(({ address }) => address));
    const ordered = orderSteps(draft.steps, destroyed);
    if ("steps" in ordered) {
      const { wanted, removals } = decisions.placements;
      const next = openQueues(decisions.input.live, [...wanted, ...removals]);
      draft.notices.push(...ordered.unmet.map((one) => noteFollowers(one, next)));
      return { draft, steps: ordered.steps, wildcards };
    }
    const isOpen =
      chooseAnother(ordered.circles, draft.steps, members, loose) ||
      loosenRows(ordered.circles, draft.steps, loose) ||
      releaseGoing(ordered.circle, draft.steps, modesUsed, modes) ||
      loosenLeavers(ordered.circles, draft.steps, followed, loose) ||
      loosenServing(ordered.circle, draft.steps, loose) ||
      loosenReferences(ordered.circle, draft.steps, followed, loose) ||
      loosenLabels(ordered.circle, draft.steps, loose);
    if (!isOpen) cutCircle(ordered.circle, draft, modesUsed, modes, wildcards, uncut);
  }
}

function draftSteps(
  decisions: Decisions,
  isPlanned: (address: Address) => boolean,
  modes: ReadonlyMap<string, ReleaseMode>,
  uncut: ReadonlySet<string>,
  loose: ReadonlySet<string>,
) {
  const { input, world, departures, clusterOf } = decisions;
  const draft = createDraft(input.ownership);
  const forces = (address: Address) => isAllowed(input.options.allow, { check: "in-flight", addresses: [address] });
  const arrivals = findArrivals(decisions);
  const joiners = joinersByPool(arrivals, decisions, isPlanned);
  const narrowed = new Set(input.narrowed);
  const members = { world, departures, joiners };
  const followed = {
    of: openQueues(input.live),
    named: openNamed(input.live),
    isServed: (queue: string) => isServedNow(queue, members),
  };
  const context = { ...members, draft, clusterOf, modes, narrowed, forces, last: chooseLast(members, loose) };
  planPools(decisions.pools, draft);
  planClusters(decisions.clusters, context);
  const used = new Map(planQueues(decisions.queues, context));
  const leavingQueues = new Set(
    decisions.queues.flatMap(({ verb, physical, predecessors }) => [
      ...(verb === "move" ? [physical] : []),
      ...predecessors.map((queue) => queue.name),
    ]),
  );
  planRemovals(decisions.leftovers, { ...context, leavingQueues, used });
  planReturns(decisions, draft);
  planPlacements(decisions.placements, draft);
  const idle = {
    ...members,
    draft,
    narrowed,
    restorable: listRestorable(decisions),
    released: input.released,
    isPlanned,
  };
  if (!world.capabilities.cluster_state) planIdleWaits({ ...idle, departures: dropForced(departures, forces) });
  restoreWrittenOut(idle);
  const rows = listRowWays(decisions, isPlanned);
  const order = orderAmongRows(new Set(findWildcardQueues(decisions).keys()), rows, arrivals, members);
  const wildcards = {
    ...order,
    handOvers: order.handOvers.filter(({ leaver }) => !uncut.has(leaver)),
    interrupted: [
      ...order.interrupted,
      ...order.handOvers
        .filter(({ leaver }) => uncut.has(leaver))
        .map(({ leaver }) => ({ leaver, pool: departures.get(leaver)?.cluster.pool ?? "" })),
    ],
  };
  addHandOvers(draft.steps, wildcards);
  linkBuckets(draft.steps, listBucketTakes(decisions));
  for (const step of draft.steps) if (loose.has(step.id) && createsQueue(step)) dropServing(step, draft);
  giveService(draft.steps, { decisions, members, wildcards });
  linkReferences(draft, { followed, lossOf: openLosses({ decisions, members, wildcards }) }, loose);
  linkRows(draft, { ...members, rows, wildcards }, loose);
  cutLabels(draft, loose);
  // The plan depends on every queue that could send work to a cluster that leaves, now or by the time of an apply.
  for (const { cluster } of departures.values()) {
    draft.reads.add(`queues.${cluster.pool}`).add(`members.${cluster.pool}`);
  }
  resetFairness(draft, world);
  recordAdoptions(decisions, draft);
  return { draft, members, followed, wildcards, modesUsed: used };
}

/**
 * Opens a circle that the creation of a queue is part of: its first cluster comes only once something is done that waits for the queue. It is created
 * before it has a cluster then. Of several the smallest. False where none can.
 */
function loosenServing(circle: readonly string[], steps: readonly StepDraft[], loose: Set<string>): boolean {
  const first = steps
    .filter(
      (step) => circle.includes(step.id) && !loose.has(step.id) && createsQueue(step) && step.needs.some(isServing),
    )
    .map(({ id }) => id)
    .sort(compareText)[0];
  if (first !== undefined) loose.add(first);
  return first !== undefined;
}

const createsQueue = (step: StepDraft) => step.kind === "queue" && step.op === "create";

function dropServing(step: StepDraft, { notices }: Draft): void {
  const { address, needs, physical_name: queue } = step;
  needs.splice(0, needs.length, ...needs.filter((one) => !isServing(one)));
  const message = `Queue ${queue} is created before the first cluster serves in its pool, as that comes only once something is done that waits for the queue: work sent to it waits until then.`;
  notices.push({ code: "interruption", message, addresses: [address], queues: [queue] });
}

/** Those whose work is waited for. */
function dropForced(departures: Decisions["departures"], forces: (address: Address) => boolean) {
  return new Map([...departures].filter(([, { address }]) => !forces(address)));
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
  if (releaseFirst(members, used, modes)) return;
  const names = new Set(members.filter((step) => step.kind === "cluster").map((step) => step.physical_name));
  const handOver = wildcards.handOvers.find(({ leaver }) => names.has(leaver));
  if (handOver === undefined) throw explainCircle(circle, draft.steps);
  uncut.add(handOver.leaver);
}

/** Opens a circle of a queue that goes and of settings that name it: it releases its leaving clusters before its delete. False where there is none. */
function releaseGoing(
  circle: readonly string[],
  steps: readonly StepDraft[],
  used: ReadonlyMap<string, ReleaseMode>,
  modes: Map<string, ReleaseMode>,
): boolean {
  const members = steps.filter(({ id }) => circle.includes(id));
  const isOfSettings = members.some(({ kind }) => kind === "settings");
  const going = members.filter(({ kind, op }) => kind === "queue" && op === "delete");
  return isOfSettings && releaseFirst(going, used, modes);
}

/** Has the smallest queue among some steps release its leaving clusters first: it shrinks, else it is parked. False where none can. */
function releaseFirst(
  members: readonly StepDraft[],
  used: ReadonlyMap<string, ReleaseMode>,
  modes: Map<string, ReleaseMode>,
): boolean {
  const queues = members
    .filter((step) => step.kind === "queue" && used.has(step.physical_name) && modes.get(step.physical_name) !== "park")
    .sort((left, right) => compareText(left.address, right.address));
  const queue = queues.find((step) => used.get(step.physical_name) === "direct") ?? queues[0];
  if (queue !== undefined) {
    modes.set(queue.physical_name, used.get(queue.physical_name) === "direct" ? "shrink" : "park");
  }
  return queue !== undefined;
}

/**
 * Clusters that start to serve in a pool within this plan. One that its manifest wants healthy is still to come until it is,
 * also where an earlier run registered it.
 */
function findArrivals({ clusters, world }: Decisions): readonly Arrival[] {
  return clusters.flatMap((assignment): readonly Arrival[] => {
    const { desired, physical, pool, verb, current } = assignment;
    // No plan enables one that is disabled.
    if (!endsInService(assignment, world) || current?.enabled === false) return [];
    const isThere = current !== null && isLive(current) && current.pool === pool && current.state === "active";
    const serves = isThere && (desired.lifecycle.await !== "healthy" || current.health === "healthy");
    return serves && verb !== "move" ? [] : [{ cluster: physical, pool, address: desired.address }];
  });
}

/** Queues that send to every member of their pool, now or once the plan is applied. */
export function findWildcardQueues({ world, queues, departures }: Decisions): WildcardQueues {
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

/** First the one that is waited for: it is part of the plan, and its health is not waited for, if there is such a one. */
function joinersByPool(
  arrivals: readonly Arrival[],
  { clusters }: Decisions,
  isPlanned: (address: Address) => boolean,
): ReadonlyMap<string, readonly string[]> {
  const late = new Set(clusters.filter(({ desired }) => desired.lifecycle.await === "healthy").map(nameOf));
  const rank = ({ cluster, address }: Arrival) => (isPlanned(address) ? 0 : 2) + (late.has(cluster) ? 1 : 0);
  const joiners = new Map<string, string[]>();
  const sorted = arrivals.toSorted(
    (left, right) => rank(left) - rank(right) || compareText(left.cluster, right.cluster),
  );
  for (const { pool, cluster } of sorted) append(joiners, pool, cluster);
  return joiners;
}

const nameOf = ({ physical }: Decisions["clusters"][number]) => physical;
