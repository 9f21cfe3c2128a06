import { parseAddress } from "../model/address.ts";
import { type Desired, NOTHING_DESIRED } from "../model/objects/desired.ts";
import { nameSettings } from "../model/objects/settings.ts";
import type { Notice, RunRoute } from "../model/plan/plan.ts";
import { showInLine } from "../model/text/show-text.ts";
import { digestEffect } from "../plan/compare/digest-plan.ts";
import type { Finding } from "../plan/compare/finding.ts";
import type { ComputedPlan, UnroutedPlan } from "../plan/compute-plan.ts";
import type { PlanInput } from "../plan/input/plan-input.ts";
import { compareRoutes, listBuckets, type RouteChange } from "../plan/routing/compare-routes.ts";
import { type BegunRouting, describeFormer, listTurnedAway } from "../plan/routing/describe-former.ts";
import { expandQuestions } from "../plan/routing/expand-questions.ts";
import type { NameOf } from "../plan/routing/name-of.ts";
import { resolveRoutes } from "../plan/routing/resolve-routes.ts";
import type { Route, RouteOutcome } from "../plan/routing/route.ts";
import type { RoutingFacts } from "../plan/routing/routing-facts.ts";
import { ignores, isActive } from "../plan/routing/want-clusters.ts";
import { listOutOnTheWay } from "../plan/unfinished/settle-drains.ts";
import { listTakenAway } from "../plan/unfinished/taken-away.ts";
import { listRefusedBefore } from "../plan/unfinished/undo-commit.ts";
import { openAllowedRuns } from "./find-allowed-runs.ts";
import { findTurnedRuns, type TurnedRuns } from "./find-turned-runs.ts";
import { type BothFacts, gatherFacts, type PlannedTarget } from "./gather-facts.ts";
import { type HadNone, openHadNone } from "./had-none.ts";
import { describePlace, nameRuns } from "./name-runs.ts";
import { noteUnknownRoutes } from "./note-unknown-routes.ts";

/**
 * Adds to a plan which projects, domains and workflows run elsewhere once it is applied, which of them would reach no cluster, and whose
 * data would be in another bucket. `written`, `taken`, `turned`, `routing_writes`: as a plan's input has them. What a part of a plan leaves out stays as it is live; what an
 * unfinished rollout did is judged by the whole plan alone.
 */
export function routeRuns(
  { left_out, after: registrations, registered, ...computed }: UnroutedPlan,
  {
    written = [],
    taken = [],
    turned = [],
    routing_writes = [],
    ...given
  }: Omit<PlannedTarget, "body" | "outcome"> & BegunInput,
): ComputedPlan {
  const { body } = computed;
  const target = { ...given, owned: [...given.owned, ...registered] };
  const isPart = left_out.length > 0;
  const former = isPart ? new Map<string, string | null>() : listTurnedAway(target.live, turned);
  if (body.steps.length + former.size === 0) return computed;
  // Of what was not read nothing is planned.
  const outcome = { left_out, ...(target.live.systems.union === "read" && { after: registrations }) };
  const facts = gatherFacts({ ...target, desired: keepPlanned(target), body, outcome });
  const questions = expandQuestions([{ kind: "all-runs" }], [facts.live, facts.desired]);
  const after = resolveRoutes(facts.desired, questions);
  const turnedRows = findTurnedRuns(facts, target);
  const { nameOf } = facts;
  const meant = listDrainedQueues(target.desired, nameOf);
  const compareWith = (state: RoutingFacts, before: readonly Route[], answers: readonly Route[]) => {
    const was = before.find(isOfAll)?.queue ?? null;
    const buckets = { before: listBuckets(state), after: listBuckets(facts.desired) };
    return compareRoutes(before, answers, buckets)
      .filter((change) => !(isOfAll(change) && was === "default" && change.queue === "default"))
      .map(turnedRows.conclude);
  };
  const before = resolveRoutes(facts.live, questions);
  const changes = compareWith(facts.live, before, after);
  const { live } = target;
  const begun = {
    drained: listOutOnTheWay({ live, written }),
    taken: listTakenAway({ live, taken }),
    settings: former,
  };
  const isBegun = !isPart && begun.drained.size + begun.taken.length + former.size > 0;
  const state = isBegun ? describeFormer(facts.live, begun, live) : null;
  const isAllowed = openAllowedRuns({ taken, turned }, live, facts.desired.queues);
  const isJudged = (change: RouteChange) =>
    (hasOtherQueue(change) && !isAllowed({ ...change, name: nameRuns(change) })) ||
    turnedRows.findPoolOf(change) !== null;
  const listSince = (state: RoutingFacts): readonly RouteChange[] => {
    const asked = expandQuestions([{ kind: "all-runs" }], [facts.live, facts.desired, state]);
    const named = new Map(resolveRoutes(facts.live, asked).map((route) => [nameRuns(route), route.queue]));
    const isWritten = (change: RouteChange) => hasOtherQueue(change) && named.get(nameRuns(change)) === change.queue;
    const members = describeMembers(facts, target, meant);
    const was = resolveRoutes(state, asked);
    return [
      ...compareWith(state, was, resolveRoutes(facts.desired, asked)).filter((change) => !isWritten(change)),
      ...compareWith(state, was, resolveRoutes(members, asked)).filter(isWritten),
    ].filter(isJudged);
  };
  const since = state === null ? [] : listSince(state);
  const routing = [...body.routing, ...changes.map(toRoute)];
  const reported = listReported(computed, target.desired, nameOf);
  const cutOff = listCutOff(begun, facts.live, listRefusedBefore({ routing_writes }));
  const out = listOutOfService(facts.desired, meant);
  const own = new Set(changes);
  const there = new Set(facts.desired.queues.map(({ name }) => name));
  const takesNone = (queue: string) => out.has(queue) || !there.has(queue);
  const isSentOut = (change: RouteChange) => own.has(change) && change.queue !== null && takesNone(change.queue);
  const { revision } = body;
  const commit = { ...given, revision, written, taken, turned, routing_writes };
  const hadNone = openHadNone(commit, facts, isPart);
  const lost = findLostRuns([...changes, ...since], { ...reported, cutOff, isSentOut, turned: turnedRows, hadNone });
  const refused = warnOfRefused(changes, meant, reported.said);
  const findings = [...computed.findings, ...lost, ...refused];
  return {
    ...computed,
    body: {
      ...body,
      routing,
      notices: [...body.notices, ...noteBuckets(changes), ...noteUnknownRoutes({ before, after, changes }, facts)],
      digest: changes.length + lost.length === 0 ? body.digest : digestEffect({ ...body, routing }, findings),
    },
    findings,
  };
}

/** The manifests of systems that were read: of others nothing is planned, although that may be allowed to pass. */
function keepPlanned({ desired, live }: Omit<PlannedTarget, "body">): Desired {
  const { systems, org } = live;
  const hidden = new Set(live.unreadable_scopes.map((scope) => nameSettings(org, scope)));
  return {
    ...desired,
    ...(systems.union !== "read" && { pools: [], clusters: [], queues: [] }),
    settings: systems.settings === "read" ? desired.settings.filter(({ name }) => !hidden.has(name)) : [],
    ...(systems.flyteadmin !== "read" && { rows: NOTHING_DESIRED.rows }),
  };
}

/** Runs that name no queue: where no setting does either, their route is that of queue `default`, which is reported already. */
function isOfAll({ system, asked, project, domain }: Pick<RouteChange, "system" | "asked" | "project" | "domain">) {
  return system === "queues" && asked === "run" && project === null && domain === null;
}

function toRoute(change: RouteChange): RunRoute {
  const { system, project, domain, workflow, queue, before, after, before_outcome, after_outcome } = change;
  return {
    ...{ system, project, domain, workflow, queue, before, after },
    ...(isWithoutAnswer(before_outcome) && { before_outcome }),
    ...(isWithoutAnswer(after_outcome) && { after_outcome }),
    ...(change.other_bucket && { other_bucket: true }),
    ...(change.other_shares && before !== null && after !== null && { other_shares: true }),
  };
}

function isWithoutAnswer(outcome: RouteOutcome): outcome is "refused" | "unknown" {
  return outcome === "refused" || outcome === "unknown";
}

/** Queues whose routes are reported by themselves, by their names in the control plane. */
interface ReportedQueues {
  /** Those whose routes change, of which the check of queues says what their runs lose. */
  readonly reported: ReadonlySet<string>;
  /** Those that fail that check. It has no more than a warning for a queue whose clusters a manifest drains. */
  readonly failing: ReadonlySet<string>;
  /** Those that it names at all. */
  readonly said: ReadonlySet<string>;
}

/**
 * The check of queues is about those that a manifest governs, queue `default`, and of others those that it names. What a replacement or a removal leaves
 * behind is none of them.
 */
function listReported({ body, findings }: ComputedPlan, desired: Desired, nameOf: NameOf): ReportedQueues {
  const nameQueue = (address: string): readonly string[] => {
    const parsed = parseAddress(address);
    return parsed?.kind === "queue" || parsed?.kind === "cluster" ? [nameOf(parsed.kind, parsed.name)] : [];
  };
  const found = findings.filter(({ check }) => check === "black-hole");
  const judged = new Set([
    "default",
    ...[...desired.clusters, ...desired.queues].map(({ kind, name }) => nameOf(kind, name)),
    ...found.flatMap(({ concerns = [] }) => concerns).flatMap(nameQueue),
  ]);
  const failing = found.filter(({ status }) => status === "fail");
  const nameAll = ({ addresses, concerns = [] }: Finding) => [...addresses, ...concerns].flatMap(nameQueue);
  return {
    reported: new Set(body.routing.flatMap(({ queue }) => (queue !== null && judged.has(queue) ? [queue] : []))),
    failing: new Set(failing.flatMap(nameAll)),
    said: new Set(found.flatMap(({ queues = [], concerns = [] }) => [...queues, ...concerns.flatMap(nameQueue)])),
  };
}

/** What a plan's input has of an unfinished rollout that runs are routed by. */
type BegunInput = Pick<PlanInput, "owned" | "written" | "taken" | "turned" | "routing_writes">;

/**
 * What routing depends on after a plan, with all clusters in service but those that manifests drain: settings that were turned to a queue before were judged
 * then, and that its cluster is out of service for a while since is not the rollout's doing. `meant`: the queues that manifests drain.
 */
function describeMembers(
  { desired: facts, nameOf }: BothFacts,
  { desired, live }: Omit<PlannedTarget, "body">,
  meant: ReadonlySet<string>,
): RoutingFacts {
  const drained = desired.clusters.filter((cluster) => !ignores(cluster, "state") && !isActive(cluster, live));
  const out = new Set(drained.map(({ name }) => nameOf("cluster", name)));
  return {
    ...facts,
    clusters: facts.clusters.map((cluster) => ({ ...cluster, in_service: !out.has(cluster.name) })),
    queues: facts.queues.map((queue) => ({ ...queue, active: queue.active || !meant.has(queue.name) })),
  };
}

/** Of the same queue the check of queues finds what it loses, in each plan of a rollout: by what it could reach, in service or not. */
const hasOtherQueue = ({ before_queue, queue }: RouteChange): boolean => before_queue !== queue;

/** What decides which runs count as lost. */
interface LostBy extends ReportedQueues {
  /** As {@link listCutOff} gives them. */
  readonly cutOff: ReadonlySet<string>;
  /** Whether the plan itself sends runs to a queue of {@link listOutOfService}, or to one that is not there: what an earlier one did was judged then. */
  readonly isSentOut: (change: RouteChange) => boolean;
  readonly turned: TurnedRuns;
  readonly hadNone: (change: RouteChange) => HadNone;
}

/**
 * The queues by which runs are refused as an unfinished rollout has drained them, or their clusters, on its way; or has deleted them, once settings
 * named them no more: `KIND.NAME`. Not those by which they were `refused` before.
 */
function listCutOff(
  { drained, settings }: BegunRouting,
  { queues }: RoutingFacts,
  refused: ReadonlySet<string>,
): ReadonlySet<string> {
  const there = new Set(queues.map(({ name }) => name));
  const gone = [...settings.values()].filter((queue) => queue !== null && !there.has(queue) && !refused.has(queue));
  return new Set([...drained, ...gone.map((queue) => `queue.${queue}`)]);
}

/**
 * The queues that are there after a plan, take no work, and that no manifest drains: another user has drained them, and they stay so. Of those that a
 * manifest drains the check of queues warns.
 */
function listOutOfService({ queues }: RoutingFacts, meant: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(queues.flatMap(({ name, active }) => (active || meant.has(name) ? [] : [name])));
}

/** The queues that manifests drain, those of drained clusters too, by their names in the control plane. Where one ignores the state, others have chosen it. */
function listDrainedQueues({ clusters, queues }: Desired, nameOf: NameOf): ReadonlySet<string> {
  const drained = [...clusters, ...queues].filter((one) => one.state === "drained" && !ignores(one, "state"));
  return new Set(drained.map(({ kind, name }) => nameOf(kind, name)));
}

/**
 * What a queue loses is found by the queue; left are runs that settings send to a queue which reaches no cluster, and those that rows send to a pool
 * without one. Runs that are refused lose nothing, unless an unfinished rollout has them refused, by `cutOff`, or a plan sends them to a queue that is
 * out of service.
 */
function findLostRuns(
  changes: readonly RouteChange[],
  { reported, failing, cutOff, isSentOut, turned, hadNone }: LostBy,
): readonly Finding[] {
  const isCutOff = (change: RouteChange) => hasOtherQueue(change) && cutOff.has(`queue.${change.before_queue}`);
  // Who comes from another queue loses what that one has, even where the new one has had nothing before.
  const isReported = (change: RouteChange) =>
    change.queue !== null && (hasOtherQueue(change) ? failing : reported).has(change.queue);
  const isFound = (change: RouteChange) =>
    change.system === "queues" && (isReported(change) || (change.before === null && !isCutOff(change)));
  const isRefused = (change: RouteChange) =>
    isSentOut(change) && hasOtherQueue(change) && (change.before ?? []).length > 0;
  const lost = changes.filter((change) => (change.black_hole && !isFound(change)) || isRefused(change));
  const judged = lost.map((change) => ({ change, before: hadNone(change) }));
  // Of several findings of the same runs, one that they lose something by counts.
  const sorted = judged.toSorted((one, other) => Number(one.before === null) - Number(other.before === null));
  const places = new Map(sorted.map((one) => [nameRuns(one.change), one]));
  return [...places].flatMap(([concern, { change, before }]): readonly Finding[] => {
    if (before === "on the way") return [];
    const runs = `Runs of ${describePlace(change)} would reach no cluster by ${change.system.replaceAll("_", " ")}`;
    const isLost = before === null;
    const rest = isLost ? describeLoss(turned.findPoolOf(change)) : describeHadNone(before, change);
    return [
      {
        check: "black-hole",
        status: isLost ? "fail" : "warn",
        message: `${runs}${rest}`,
        addresses: [],
        concerns: [concern],
      },
    ];
  });
}

/**
 * Runs that a plan sends to a queue that a manifest drains, as where settings are removed so that they follow those above: that may be meant. `said`: queues of which a
 * check says so already.
 */
function warnOfRefused(
  changes: readonly RouteChange[],
  meant: ReadonlySet<string>,
  said: ReadonlySet<string>,
): readonly Finding[] {
  const isRefused = (change: RouteChange) =>
    hasOtherQueue(change) &&
    (change.before ?? []).length > 0 &&
    change.after_outcome === "refused" &&
    change.queue !== null &&
    meant.has(change.queue) &&
    !said.has(change.queue);
  const places = new Map(changes.filter(isRefused).map((change) => [nameRuns(change), change]));
  return [...places].map(([concern, change]) => ({
    check: "black-hole",
    status: "warn",
    message: `Runs of ${describePlace(change)} would be refused: their queue would be ${showInLine(change.queue ?? "")}, which a manifest drains. Route them elsewhere first, or keep it active.`,
    addresses: [],
    concerns: [concern],
  }));
}

function describeHadNone(before: "deleted" | "given back", { before_queue }: RouteChange): string {
  return before === "given back"
    ? " again: this gives up the rollout of a commit that has turned them."
    : `: their queue ${showInLine(before_queue ?? "")} was deleted, whose clusters are out of service by others.`;
}

/** `turnedTo`: the pool that a row sends the runs to by this plan. */
function describeLoss(turnedTo: string | null): string {
  return turnedTo === null
    ? ". Route them elsewhere first."
    : `: pool ${showInLine(turnedTo)} would have none. Put one there first, or route the runs elsewhere; where the pool has clusters all the same, name them in a ClusterPoolMap.`;
}

/** Places named in a notice; more are counted. */
const NAMED_PLACES = 10;

function noteBuckets(changes: readonly RouteChange[]): readonly Notice[] {
  const moved = [...new Set(changes.filter(({ other_bucket }) => other_bucket).map(describePlace))];
  if (moved.length === 0) return [];
  const named = moved.slice(0, NAMED_PLACES).join(", ");
  const more = moved.length > NAMED_PLACES ? ` and ${moved.length - NAMED_PLACES} more` : "";
  const message = `Runs of ${named}${more} will keep their metadata in another bucket than before, which has no data of earlier runs and caches.`;
  return [{ code: "other-bucket", message, addresses: [] }];
}
