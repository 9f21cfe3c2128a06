import type { Address } from "../../model/address.ts";
import type { TargetConfig } from "../../model/daemon/daemon-config.ts";
import type { Begun, Contest, LeftObject, Pause, TargetState } from "../../model/daemon/daemon-records.ts";
import type { PassOutcome, PassRecord } from "../../model/passes/pass.ts";
import { LEFT_BEHIND, LEFT_HALF_WAY } from "../../plan/ownership/note-ownership.ts";
import { computeStatus, isUnseen } from "../../plan/policy/compute-status.ts";
import { findOutOfService } from "../../plan/policy/find-out-of-service.ts";
import { findUnserved, type UnservedQueue } from "../../plan/policy/find-unserved.ts";
import { followBegun } from "../../plan/policy/follow-begun.ts";
import { followContests } from "../../plan/policy/follow-contests.ts";
import { followOtherWrites } from "../../plan/policy/follow-other-writes.ts";
import { NOWHERE_ALREADY, QUEUE_NOWHERE } from "../../plan/risks/find-black-holes.ts";
import { nameTargetPlace } from "../name-target-place.ts";
import { countObjects } from "./count-objects.ts";
import { boundUnreachable, type FoundUnreachable } from "./find-unreachable.ts";
import { nextHeads } from "./list-heads.ts";
import { followReported, listKilled, type UnreportedWrites } from "./read-unreported.ts";
import type { Findings } from "./walk-pass.ts";

/** What a target's next state is made from. */
export interface StateFacts {
  readonly config: TargetConfig;
  /** As `findHere` gives it. */
  readonly before: TargetState | null;
  readonly record: PassRecord;
  readonly findings: Findings;
  /** The writes that receivers are notified of with it. */
  readonly unreported: UnreportedWrites;
  /** Those that hold. */
  readonly pauses: readonly Pause[];
  /** As `PassTools.readExcess`. */
  readonly excess: readonly string[] | null;
  /** As {@link TargetState.out_of_service}. */
  readonly out_of_service: readonly Address[];
}

/** What is known of a target after a pass. Pure: the same facts give the same state on every replica. */
export function nextState(facts: StateFacts): TargetState {
  const { config, record, findings, pauses, unreported, excess: readNow, out_of_service } = facts;
  const { outcome, ended_at } = record;
  const before = facts.before === null ? null : dropFuture(facts.before, ended_at);
  const excess = readNow ?? before?.excess;
  const failures = countFailures(outcome, before?.failures ?? 0);
  const drifted = findings.planned?.decision.drift.addresses ?? null;
  const drift_since =
    drifted === null ? (before?.drift_since ?? null) : drifted.length === 0 ? null : (before?.drift_since ?? ended_at);
  const revision = findings.revision?.id ?? null;
  const begun = nextBegun({ before, record, findings });
  const left_behind = nextLeftBehind(before, findings, ended_at);
  const isSamePin = before?.pinned_as !== undefined && before.pinned_revision === findings.pinned;
  const pinned_as = isSamePin ? { pinned_as: before.pinned_as } : {};
  return {
    target: config.name,
    place: nameTargetPlace(config),
    ...(before?.former === undefined ? {} : { former: before.former }),
    status: computeStatus({
      outcome,
      pauses,
      previous: before?.status ?? null,
      at: ended_at,
      pinned_revision: findings.pinned,
      ...pinned_as,
      failures,
      retriable: findings.retriable,
      begun,
      out_of_service,
      unserved: listUnserved(outcome, findings),
      nowhere: (findings.planned?.whole.notices ?? []).flatMap(({ code, message }) =>
        code === NOWHERE_ALREADY ? [message] : [],
      ),
      left_behind,
    }),
    last_pass: record,
    applied_revision: isCarriedOut(outcome, findings) ? revision : (before?.applied_revision ?? null),
    first_revision: before?.first_revision ?? revision,
    heads: nextHeads(before, findings.pinned === null ? revision : null),
    good_revision: findings.isGood ? revision : (before?.good_revision ?? null),
    verified: findings.verified === undefined ? (before?.verified ?? null) : findings.verified,
    pinned_revision: findings.pinned,
    ...pinned_as,
    last_success_at: isSuccess(outcome) ? ended_at : (before?.last_success_at ?? null),
    failures,
    drift_since,
    drifted: findings.planned?.decision.drift.confirmed ?? before?.drifted ?? [],
    begun,
    contests: nextContests({ config, before, record, findings, unreported }),
    ...followReported(unreported, record),
    unreviewed: isCarriedOut(outcome, findings) ? [] : keepUnreviewed(before, findings),
    objects: findings.planned === null ? (before?.objects ?? []) : countObjects(findings.planned.world.live),
    looked_at: findings.looked ? record.started_at : (before?.looked_at ?? null),
    ...(excess === undefined ? {} : { excess }),
    ...(out_of_service.length === 0 ? {} : { out_of_service }),
    ...nextWaits(outcome, before, ended_at),
    ...nextUnreachable(findings.unreachable, before, ended_at),
    left_behind,
    other_writes: followOtherWrites(before?.other_writes ?? [], findings.planned?.other_writes ?? [], ended_at),
    updated_at: ended_at,
  };
}

/** Without times that a clock wrote which ran ahead and was set right since: what has not come yet is so as of now, and is no success. */
function dropFuture(state: TargetState, now: string): TargetState {
  const { status, last_success_at: success, drift_since: drift, approval_since: approval } = state;
  const until = <T extends { readonly since: string }>(it: T): T => (it.since > now ? { ...it, since: now } : it);
  return {
    ...state,
    status: until(status),
    waiting: state.waiting == null ? null : until(state.waiting),
    approval_since: approval != null && approval > now ? now : (approval ?? null),
    last_success_at: success !== null && success > now ? null : success,
    drift_since: drift !== null && drift > now ? now : drift,
    unreachable: state.unreachable.map(until),
    left_behind: (state.left_behind ?? []).map(until),
    contests: state.contests.map((contest) => ({
      ...contest,
      reverted_at: contest.reverted_at.filter((at) => at <= now),
      held_since: contest.held_since !== null && contest.held_since > now ? now : contest.held_since,
    })),
    other_writes: (state.other_writes ?? []).filter(({ at }) => at <= now),
  };
}

/** Codes of notices about what people have to decide. */
const FOR_PEOPLE: ReadonlySet<string> = new Set([LEFT_BEHIND, LEFT_HALF_WAY, QUEUE_NOWHERE]);

/** As the plan says; what was found before is left so since then. */
function nextLeftBehind(before: TargetState | null, { planned }: Findings, at: string): readonly LeftObject[] {
  const known = before?.left_behind ?? [];
  if (planned === null) return known;
  const name = ({ address, place = "" }: Pick<LeftObject, "address" | "place">) => `${address} ${place}`;
  const since = new Map(known.map((object) => [name(object), object.since]));
  return planned.whole.notices
    .filter(({ code }) => FOR_PEOPLE.has(code))
    .flatMap(({ message, addresses, place }) =>
      addresses.map((address) => {
        const object = { address: address as Address, ...(place !== undefined && { place }) };
        return { ...object, message, since: since.get(name(object)) ?? at };
      }),
    );
}

/** As far as it was read; with what the pass has applied in full. */
function listUnserved(outcome: PassOutcome, { planned }: Findings): readonly UnservedQueue[] {
  if (planned === null) return [];
  return findUnserved(planned.world.live, outcome.kind === "applied" ? planned.part : null, planned.whole);
}

function nextBegun({ before, record, findings }: Pick<StateFacts, "before" | "record" | "findings">): Begun | null {
  const { planned, revision } = findings;
  if (planned === null || revision === null) return before?.begun ?? null;
  const { outcome, id } = record;
  const report = "report" in outcome ? (outcome.report ?? null) : null;
  const objects = followBegun({ before: planned.begun, plan: planned.whole, part: planned.part, report });
  // What a pass that broke off has written is in the journal.
  const run = "report" in outcome && report === null ? id : null;
  if (objects.length === 0 && run === null) return null;
  const { whole: plan } = planned;
  const drained = findOutOfService(plan, { begun: new Set(objects) }).length + (report?.left_drained.length ?? 0);
  const drains = drained > 0 || (run !== null && plan.steps.some(({ op }) => op === "drain"));
  return { revision: revision.id, objects, run, drains, digest: plan.digest };
}

/** Of so many commits at most it stays known, the newest: more come in no push that git lists. */
const MOST_UNREVIEWED = 1000;

/** With those whose request is known: of the others it is found out again. */
function keepUnreviewed(before: TargetState | null, { planned }: Findings): NonNullable<TargetState["unreviewed"]> {
  const found = (planned?.unreviewed ?? []).filter(({ request }) => request !== null);
  const all = new Map([...(before?.unreviewed ?? []), ...found].map((one) => [one.commit, one]));
  return [...all.values()].slice(-MOST_UNREVIEWED);
}

function nextContests({
  config,
  before,
  record,
  findings,
  unreported,
}: Pick<StateFacts, "config" | "before" | "record" | "findings" | "unreported">): readonly Contest[] {
  const contests = before?.contests ?? [];
  const { planned } = findings;
  if (planned === null) return contests;
  const { outcome, ended_at: at, id: run, revision } = record;
  const { whole: plan, decision } = planned;
  const report = "report" in outcome ? (outcome.report ?? null) : null;
  const writes = listKilled(unreported, { run, revision, changes: plan.changes });
  const killed = writes.flatMap(({ decided_by, address }) => (decided_by === "drift" ? [address] : []));
  return followContests({ before: contests, drift: config.drift, plan, decision, report, killed, at });
}

/** A pass that looked at nothing live ends no wait. */
function nextWaits(outcome: PassOutcome, before: TargetState | null, at: string) {
  const { waiting = null, approval_since = null } = before ?? {};
  if (isUnseen(outcome)) return { waiting, approval_since };
  const steps =
    outcome.kind === "waiting" ? outcome.report.steps.filter(({ status }) => status === "waiting").length : 0;
  const isHeld = "held" in outcome && outcome.held.some(({ reason }) => reason === "approval");
  return {
    waiting: steps === 0 ? null : { steps, since: waiting?.since ?? at },
    approval_since: isHeld ? (approval_since ?? at) : null,
  };
}

function nextUnreachable(found: readonly FoundUnreachable[] | null, before: TargetState | null, at: string) {
  const { unreachable = [], unreachable_more } = before ?? {};
  if (found !== null) return boundUnreachable(found, unreachable, at);
  return { unreachable, ...(unreachable_more !== undefined && { unreachable_more }) };
}

/** Whether nothing of the revision is left to do: what was changed outside and stays as it is belongs to no revision. */
export function isCarriedOut(outcome: PassOutcome, { planned }: Pick<Findings, "planned">): boolean {
  if (outcome.kind === "synced") return true;
  if (outcome.kind !== "applied" && outcome.kind !== "held") return false;
  return outcome.held.every(({ address }) => planned?.decision.drift.holds.has(address) === true);
}

/** Whether a pass did all that it may do: what is held for people is no failure, but for what was refused. */
function isSuccess(outcome: PassOutcome): boolean {
  if (outcome.kind === "synced") return true;
  if (outcome.kind !== "applied" && outcome.kind !== "held") return false;
  return outcome.held.every(({ reason }) => reason !== "server_refused");
}

function countFailures({ kind }: PassOutcome, before: number): number {
  if (kind === "failed" || kind === "inconclusive") return before + 1;
  return kind === "cancelled" ? before : 0;
}
