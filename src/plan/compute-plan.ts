import { KINDS, PLACED_KINDS } from "../kinds/registry.ts";
import { type Address, formatAddress, parseAddress } from "../model/address.ts";
import { isManifestGone } from "../model/ledger/is-manifest-gone.ts";
import type { OwnedObject } from "../model/ledger/ledger.ts";
import type { LiveState } from "../model/objects/live.ts";
import { classifyChanges } from "../model/plan/classify-changes.ts";
import {
  type Change,
  isDestructive,
  isNoOp,
  nameAction,
  type OwnershipClaim,
  PLAN_FORMAT,
  type PlanBody,
  type PlanTarget,
} from "../model/plan/plan.ts";
import { nameChosen } from "../model/plan/put-back.ts";
import { type Op, rowsBelow, type Step } from "../model/plan/step.ts";
import { summariseChanges } from "../model/plan/summarise-changes.ts";
import { isMaskedKind, maskCredentials, maskValue } from "../model/secrets/mask-credentials.ts";
import { type Choice, chooseChanges, notePart } from "./choose-changes.ts";
import { digestEffect, digestLive } from "./compare/digest-plan.ts";
import type { Finding } from "./compare/finding.ts";
import { decide } from "./decide/decide.ts";
import type { Decisions } from "./decide/decisions.ts";
import { compareText } from "./input/index-world.ts";
import type { PlanInput } from "./input/plan-input.ts";
import { selects } from "./input/select-subset.ts";
import { sortInput } from "./input/sort-input.ts";
import { findWildcardQueues, planSelected } from "./order/plan-in-order.ts";
import { findOrigins } from "./origins/find-origins.ts";
import { findAuthors, noteAuthors } from "./origins/find-outside-authors.ts";
import {
  computeRouting,
  type FullRoute,
  type RegistrationsAfter,
  sameRoute,
  type Undone,
} from "./outcome/compute-routing.ts";
import { type AffectedQueue, findAffectedQueues } from "./outcome/find-affected-queues.ts";
import { findNewClaims, listEnding } from "./ownership/find-new-claims.ts";
import {
  noteElsewhere,
  noteEndedRegistrations,
  noteForeign,
  noteLeftBehindObjects,
  noteOwnership,
  noteTaken,
} from "./ownership/note-ownership.ts";
import { findBlackHoles, noteLeftBehind, noteNowhere } from "./risks/find-black-holes.ts";
import { findBucketConflicts } from "./risks/find-bucket-conflicts.ts";
import { findCapabilityRisks } from "./risks/find-capability-risks.ts";
import { findClusterRisks } from "./risks/find-cluster-risks.ts";
import { findForbiddenWork } from "./risks/find-forbidden-work.ts";
import { findForeignMembers } from "./risks/find-foreign-members.ts";
import { findMissingPools } from "./risks/find-missing-pools.ts";
import { findOwnershipRisks } from "./risks/find-ownership-risks.ts";
import { findPlaceRisks } from "./risks/find-place-risks.ts";
import { findSetRisks } from "./risks/find-set-risks.ts";
import { findUnconfirmed } from "./risks/find-unconfirmed.ts";
import { listTaken } from "./risks/find-unseen-settings.ts";
import {
  noteDraining,
  noteHandOvers,
  noteInterruptions,
  noteNamesakes,
  noteOtherNames,
  noteWrittenOut,
} from "./risks/note-interruptions.ts";
import { noteUnseen } from "./risks/note-unseen.ts";
import type { NamedObject } from "./routing/options-of-plan.ts";
import { handleRefusals } from "./unfinished/handle-refusals.ts";
import { bringRowsBack } from "./unfinished/put-backs.ts";
import { noteLeftDrained, settleDrains } from "./unfinished/settle-drains.ts";

/** A plan before its guards have judged it, with what they have to judge. */
export interface ComputedPlan {
  readonly body: PlanBody;
  readonly findings: readonly Finding[];
  /** Queues whose work is to be read, for the plan's impact. */
  readonly affected: readonly AffectedQueue[];
  /** Whether settings of every scope may be concerned, declared or not: a queue goes out of service, or routes nowhere. */
  readonly concerns_settings: boolean;
}

/** One whose runs are not routed yet, with what that takes. */
export interface UnroutedPlan extends ComputedPlan {
  /** The addresses of changes that `--target` and `--exclude` leave out: these objects stay as they are live. */
  readonly left_out: readonly Address[];
  /** What the clusters and queues of manifests are called once it is applied. */
  readonly registered: readonly NamedObject[];
  readonly after: RegistrationsAfter;
}

/**
 * Computes what has to be done to make the live state what the manifests want, in a safe order. Pure: it calls nothing, reads
 * no clock, and gives the same bytes for the same input in any order. Cost is linear in objects and references. Throws an OperationalError
 * `steps_in_circle` where changes wait for each other in a way that nothing opens.
 */
export function computePlan(unsorted: PlanInput): UnroutedPlan {
  const sorted = sortInput(unsorted);
  const input = bringRowsBack(sorted);
  const { refusals, decisions, full, selection } = planPastRefusals(input);
  const choice = chooseChanges(full.draft, selection);
  const nameOf = nameChosen(full.draft);
  const isChosen = (item: Change | Step) => choice.includes(nameOf(item));
  const changes = sortChanges([
    ...refusals.changes,
    ...findAuthors(findOrigins(full.draft.changes, decisions).filter(isChosen), input.live),
  ]).map(maskChange);
  const steps = [...refusals.steps, ...noteSeen(full.steps.filter(isChosen), input.live)];
  const changed = new Set(changes.map(({ address }) => address));
  const made = new Set([...changed].filter((address) => !refusals.back.has(address)));
  const routing = computeRouting(decisions, made, listUndone(steps));
  const wildcardQueues = findWildcardQueues(decisions);
  const findings = [
    ...findOwnershipRisks(decisions, routing),
    ...findCapabilityRisks(decisions),
    ...findClusterRisks(decisions),
    ...findMissingPools(decisions),
    ...findForeignMembers(decisions),
    ...findBucketConflicts(decisions),
    ...findBlackHoles(routing, decisions),
    ...findForbiddenWork(changes),
    ...findSetRisks(decisions, { changes, steps }),
    ...findPlaceRisks(decisions, changes),
    ...findUnconfirmed(input, { changes, steps }),
    ...refusals.findings,
  ];
  const claim = findNewClaims(claimWhole(input, full.draft.claims), steps, decisions, listEnding(full.draft))
    .filter(({ address }) => choice.includes(address))
    .map(maskClaim);
  const keep = listKept(input, full.draft.kept).filter(({ address }) => choice.includes(address));
  const drained = noteLeftDrained(settleDrains(decisions));
  const notices = [
    ...notePart(full.draft.changes, choice, input),
    ...full.draft.notices,
    ...noteInterruptions(decisions, steps, full.wildcards, wildcardQueues),
    ...noteDraining(steps),
    ...noteHandOvers(decisions),
    ...noteUnseen(decisions),
    ...noteLeftBehind(routing, decisions),
    ...noteNowhere(routing, decisions),
    ...noteOtherNames(decisions),
    ...noteNamesakes(decisions),
    ...noteWrittenOut(decisions, steps),
    ...noteOwnership(claim, decisions),
    ...noteTaken(changes, decisions),
    ...noteEndedRegistrations(decisions),
    ...noteForeign(input),
    ...noteLeftBehindObjects(input, drained),
    ...drained,
    ...noteElsewhere(input),
    ...noteAuthors(changes),
  ]
    .filter(
      ({ addresses }) => addresses.length === 0 || addresses.some((address) => choice.concerns(address as Address)),
    )
    .concat(refusals.notices)
    .map(maskMessage);
  const isIncluded = (address: Address) => choice.includes(address) || changed.has(address);
  const reads = steps.length === 0 ? [] : [...full.draft.reads].filter((key) => isRead(key, isIncluded)).sort();
  const target = describeTarget(input.live);
  const routes = routing.touched
    .map(routing.routeOf)
    .filter((route) => !sameRoute(route.before, route.after))
    .map(({ queue, before, after }) => ({ queue, before, after }));
  const rerouted = new Set(
    routing.touched
      .map(routing.routeOf)
      .filter(isOtherReach)
      .map(({ queue }) => queue),
  );
  const isAbout = ({ queues = [] }: Finding) => queues.some((queue) => rerouted.has(queue));
  const shown = findings.filter((finding) => touches(finding, choice) || isAbout(finding)).map(maskMessage);
  const body: PlanBody = {
    format_version: PLAN_FORMAT,
    target,
    revision: input.revision,
    options: input.options,
    changes,
    steps,
    effects: classifyChanges({ changes, steps }),
    notices,
    routing: routes,
    summary: summariseChanges(changes, steps),
    unmanaged: listUnmanaged(decisions, changes, steps),
    ownership: {
      claim,
      release: full.draft.releases.filter((address) => choice.includes(address)),
      settle: input.settle.filter((address) => choice.includes(address)),
      ...(keep.length > 0 && { keep: keep.map(({ address }) => address).sort(compareText) }),
    },
    reads,
    digest: digestEffect({ target, changes, steps, routing: routes }, shown),
    live_digest: digestLive(sorted.live, reads),
  };
  return {
    body,
    findings: shown,
    affected: findAffectedQueues(decisions, steps, wildcardQueues),
    concerns_settings: steps.length > 0 && concernsSettings(decisions, findings),
    left_out: full.draft.changes.flatMap((change) => (isNoOp(change) || isChosen(change) ? [] : [change.address])),
    registered: [...decisions.clusters, ...decisions.queues].flatMap(({ desired: { address }, physical, current }) =>
      changed.has(address) || current !== null ? [{ address, physical_name: physical }] : [],
    ),
    after: routing.listAfter(),
  };
}

function isOtherReach({ before, after, reach }: FullRoute): boolean {
  return !sameRoute(before, after) || !sameRoute(reach.before, reach.after);
}

function listUndone(steps: readonly Step[]): Undone {
  const activated = steps.filter(({ op }) => op === "activate");
  const restored = steps.filter(({ phase }) => phase === "restore");
  return {
    returned: new Set(activated.map(({ kind, physical_name: name }) => formatAddress(kind, name))),
    restored: new Set(restored.map(({ physical_name }) => physical_name)),
  };
}

/** What takes something out of service, away, or elsewhere. */
const ENDS: ReadonlySet<Op> = new Set(["drain", "delete", "move"]);

/** Adds to each step that ends something in which state that is now: what another writer brings back later is a different one, with the same fields. */
function noteSeen(steps: readonly Step[], { clusters, queues }: LiveState): readonly Step[] {
  const live = new Map([...clusters, ...queues].map((object) => [`${object.kind}.${object.name}`, object]));
  return steps.map((step) => {
    const { state, generation = "0" } = (ENDS.has(step.op) && live.get(`${step.kind}.${step.physical_name}`)) || {};
    return state === undefined || generation === "0" ? step : { ...step, seen: { state, generation } };
  });
}

/**
 * What is left as it is live is not what was applied: the manifest is, as a whole, where a commit's fields are applied, and the record
 * stays where they are left.
 */
function claimWhole(input: PlanInput, claims: readonly OwnershipClaim[]): readonly OwnershipClaim[] {
  const { leave = [], ...options } = input.options;
  if (leave.length === 0) return claims;
  const { claims: whole } = planSelected(decide({ ...input, options })).full.draft;
  const asked = new Map(whole.map((claim) => [claim.address, claim]));
  const [left, unclaimed] = (["drift", "commit"] as const).map(
    (side) => new Set(leave.filter(({ of }) => of === side).map(({ address }) => address)),
  );
  return claims
    .filter(({ address }) => unclaimed?.has(address) !== true)
    .map((claim) => (left?.has(claim.address) === true ? (asked.get(claim.address) ?? claim) : claim));
}

/** What stays without a manifest and is not known to. What `--prune none` keeps may have one in another folder. */
function listKept({ ownership, options }: PlanInput, kept: readonly OwnedObject[]): readonly OwnedObject[] {
  if (ownership !== "store" || options.prune === "none") return [];
  return kept.filter((record) => !isManifestGone(record));
}

/** The plan of what is wanted; where something is out of service for a change that was refused, without that change. */
function planPastRefusals(input: PlanInput) {
  const decided = decide(input);
  const selected = planSelected(decided);
  const { refused = [], live, options } = input;
  const chosen = { target: new Set(options.target), exclude: new Set(options.exclude) };
  const refusals = handleRefusals({
    ...{ refused, live, changes: selected.full.draft.changes },
    isChosen: (address) => selects(chosen, address),
  });
  return { refusals, ...(refusals.back.size === 0 ? selected : planSelected(decided, refusals.back)) };
}

function concernsSettings(decisions: Decisions, findings: readonly Finding[]): boolean {
  if (decisions.input.live.systems.settings === "absent") return false;
  return (
    listTaken(decisions).size > 0 || findings.some(({ check, status }) => check === "black-hole" && status === "fail")
  );
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

/** What stands in places is read where it is written: a plan does not depend on what it leaves out of it. */
function isRead(key: string, isIncluded: Choice["includes"]): boolean {
  const address = parseAddress(key.replace(/^below\./, ""));
  const isPlaced = PLACED_KINDS.some((kind) => kind === address?.kind);
  return address === undefined || !isPlaced || isIncluded(formatAddress(address.kind, address.name));
}

/** What a delete takes along and writes back is not left alone: its notice shows it. */
function listUnmanaged(
  { leftovers, placements }: Decisions,
  changes: readonly Change[],
  steps: readonly Step[],
): readonly string[] {
  const changed = new Set(changes.map(({ address }) => address));
  // A stranger's may have the name by which one of ours is called in manifests.
  const registered = new Set(
    changes.map(({ address, physical_name: name }) => `${address.slice(0, address.indexOf("."))}.${name}`),
  );
  const back = new Set(
    steps.flatMap((step) => (rowsBelow(step)?.put_back ?? []).map((name) => formatAddress(step.kind, name))),
  );
  return [
    ...leftovers.unmanaged.filter((key) => !registered.has(key)),
    ...leftovers.kept.map(({ address }) => address),
    ...[...placements.unmanaged, ...placements.kept.map(({ address }) => address)].filter(
      (address) => !back.has(address) && !changed.has(address),
    ),
  ];
}

/** Destructive first, then by kind and name: what a reviewer must not miss stands on top. */
function sortChanges(changes: readonly Change[]): readonly Change[] {
  const rank = (change: Change) => {
    if (isDestructive(change)) return change.action === "delete" ? 0 : 1;
    const [first] = nameAction(change);
    return first === "update" ? 2 : first === "create" ? 3 : 4;
  };
  const kind = ({ address }: Change) => KINDS.findIndex((known) => address.startsWith(`${known}.`));
  return [...changes].sort(
    (left, right) => rank(left) - rank(right) || kind(left) - kind(right) || compareText(left.address, right.address),
  );
}

/** An address there may contain credentials. */
function maskChange(change: Change): Change {
  if (!isMaskedKind(change.address.slice(0, change.address.indexOf(".")))) return change;
  return { ...change, before: maskValue(change.before), after: maskValue(change.after) };
}

function maskClaim(claim: OwnershipClaim): OwnershipClaim {
  return claim.address.startsWith("cluster_pool.")
    ? { ...claim, applied: maskValue(claim.applied), manifest: maskValue(claim.manifest) }
    : claim;
}

function maskMessage<T extends { readonly message: string }>(shown: T): T {
  return { ...shown, message: maskCredentials(shown.message) };
}

/** Risks of changes that were left out of the plan are no risks of this plan. */
function touches({ addresses }: Finding, { includes }: Choice): boolean {
  return addresses.length === 0 || addresses.some((address) => includes(address as Address));
}
