import type { TargetConfig } from "../model/daemon/daemon-config.ts";
import type { AppliedRevision, DaemonRecords, KeptState, Pause, TargetState } from "../model/daemon/daemon-records.ts";
import { findGivenId, nameTakenPause, type TakenHolds } from "../model/daemon/taken-holds.ts";
import type { Decision } from "../model/passes/decision.ts";
import { countNoun } from "../model/text/count-noun.ts";
import { nameTargetPlace, readLedgerOf } from "../reconcile/name-target-place.ts";
import { findHere, renameState } from "../reconcile/pass/find-here.ts";
import { draftAudit } from "./draft-audit.ts";
import type { Log } from "./logging/log.ts";
import { emptyState } from "./read-service.ts";

/** What holds are taken over with. */
export interface TakeOverTools {
  readonly records: DaemonRecords;
  readonly log: Pick<Log, "warn">;
  readonly config: TargetConfig;
  /** The names of all targets of the configuration. */
  readonly configured: readonly string[];
}

/**
 * Lets a target that was renamed keep its holds: it takes over those of targets that are not configured any more and were at its control plane
 * after it was there itself, if ever. All pauses; of the one that was looked at last the rejections, the revision that it is pinned to, and what is
 * known of its places and its branch, so that what waits for a review there waits on, and what was written there is reported once. Approvals are
 * given again: they are for what was shown under another name. To be called before the first pass under a configuration; idempotent, also with other replicas. Each hold is in the
 * audit and the log. Throws an OperationalError where the store fails.
 */
export async function takeOverHolds({ records, log, config, configured }: TakeOverTools): Promise<void> {
  const own = await records.readState(config.name);
  const gone = listGone(own, await records.readStates(), config, configured);
  const newest = gone.at(-1);
  if (newest === undefined) return;
  const now = await records.now();
  const pauses = await findPauses(records, config.name, gone);
  const decisions = await findDecisions(records, config.name, newest.target);
  const before = (own === null ? null : findHere(own, config)) ?? emptyState(config.name, now);
  const renamed = renameState(before, newest, config);
  const after = (await isPinOlder(records, before, newest)) ? takePin(renamed, newest, config) : renamed;
  const takesPin = after.pinned_revision !== before.pinned_revision;
  const unreviewed = (after.unreviewed ?? []).length;
  const acts = [
    ...pauses.map(({ from, pause: { address, by, reason, at, until } }) => ({
      message: `the pause of ${address ?? "the whole target"} by ${by}`,
      details: { what: "pause", from, address, by, reason, at, until },
    })),
    ...(takesPin ? [describePin(after.pinned_revision, newest.target)] : []),
    ...(decisions.length === 0
      ? []
      : [{ message: "the rejections", details: { what: "rejections", from: newest.target, count: decisions.length } }]),
    ...(unreviewed === 0
      ? []
      : [
          {
            message: `${countNoun(unreviewed, "commit")} without a review`,
            details: { what: "unreviewed", from: newest.target, count: unreviewed },
          },
        ]),
  ];
  const who = { name: "poolkeeper", via: "configuration" } as const;
  const holds: TakenHolds = {
    pauses: pauses.map(({ from, pause }) => renamePause(pause, from, config.name)),
    decisions: decisions.map((decision) => ({ ...decision, target: config.name })),
    applied: await findApplied(records, config.name, newest.target, after.applied_revision),
    audit: acts.map(({ details }) => draftAudit(who, { at: now, target: config.name, action: "take-over", details })),
  };
  let isTaken = false;
  const replace = (kept: KeptState | null) => {
    // Another replica was here first.
    isTaken = kept?.updated_at === own?.updated_at;
    return isTaken ? { ...after, place: nameTargetPlace(config), updated_at: now } : null;
  };
  await records.changeState(config.name, replace, { holds });
  if (!isTaken) return;
  for (const { message, details } of acts) {
    log.warn(
      { target: config.name, ...details },
      `${config.name} takes over ${message} of ${details.from}, which is not configured any more.`,
    );
  }
}

/** Those that may have been what the target was called before, the one that was looked at last at the end. Pure. */
function listGone(
  own: KeptState | null,
  states: readonly KeptState[],
  config: TargetConfig,
  configured: readonly string[],
): readonly KeptState[] {
  const nameLedger = (place: string) => JSON.stringify(readLedgerOf(place));
  const here = nameLedger(nameTargetPlace(config));
  const isHere = ({ place }: KeptState) => place !== undefined && nameLedger(place) === here;
  // A target that moved here has been another one all along.
  if (own?.place !== undefined && !isHere(own)) return [];
  return states
    .filter(({ target }) => !configured.includes(target))
    .filter((state) => isHere(state) && (own === null || state.updated_at > own.updated_at))
    .sort((one, other) => (one.updated_at < other.updated_at ? -1 : 1));
}

interface GonePause {
  readonly from: string;
  readonly pause: Pause;
}

/** Each pause that was given once, as the first of them has it; without those that the target has itself. */
async function findPauses(
  records: Pick<DaemonRecords, "readPauses">,
  target: string,
  gone: readonly KeptState[],
): Promise<readonly GonePause[]> {
  const known = new Set((await records.readPauses(target)).map(({ id }) => findGivenId(id)));
  const found = new Map<string, GonePause>();
  for (const { target: from } of gone) {
    for (const pause of await records.readPauses(from)) {
      const id = findGivenId(pause.id);
      if (!known.has(id) && !found.has(id)) found.set(id, { from, pause });
    }
  }
  return [...found.values()];
}

function renamePause(pause: Pause, from: string, target: string): Pause {
  const told = `taken over from ${from}, which is not configured any more`;
  const reason = pause.reason === "" ? told : `${pause.reason}; ${told}`;
  return { ...pause, id: nameTakenPause(pause.id, target), target, reason };
}

/**
 * The decisions that the target does not have, where there is a rejection among all of them. Without approvals on requests: a merge would apply
 * what they allow. Where the two were decided about beside each other, their numbers would say another order: the rejections alone that no approval
 * has taken back as a whole, after all that the target has.
 */
async function findDecisions(
  records: Pick<DaemonRecords, "readDecisions">,
  target: string,
  from: string,
): Promise<readonly Decision[]> {
  const given = (await records.readDecisions(from)).filter(
    ({ kind, request }) => kind === "reject" || request === null,
  );
  if (!given.some(({ kind }) => kind === "reject")) return [];
  const own = await records.readDecisions(target);
  const known = new Set(own.map(({ id }) => id));
  const last = own.at(-1)?.seq ?? 0;
  if (given.every(({ id, seq }) => seq > last || known.has(id))) return given.filter(({ seq }) => seq > last);
  const lifted = new Set(given.flatMap(({ lifts }) => lifts));
  return given
    .filter(({ id, seq, kind }) => kind === "reject" && !known.has(id) && !lifted.has(seq))
    .map((decision, index) => ({ ...decision, seq: last + 1 + index }));
}

/** That revision, as it was applied under the former name: the first pass applies nothing that would have it in the history of the new one. */
async function findApplied(
  records: Pick<DaemonRecords, "readApplied">,
  target: string,
  from: string,
  revision: string | null,
): Promise<readonly AppliedRevision[]> {
  const [last] = await records.readApplied(from, 1);
  return last === undefined || last.revision !== revision ? [] : [{ ...last, target }];
}

/**
 * Whether the target's pin, or the end of one, is older than that of the one that it is the new name of. Where neither is known, the one that is
 * pinned counts. A pass says nothing here: while replicas have another configuration each, both names have some.
 */
async function isPinOlder(
  records: Pick<DaemonRecords, "readPinnedAt">,
  before: TargetState,
  newest: KeptState,
): Promise<boolean> {
  const [own, former] = [await records.readPinnedAt(before.target), await records.readPinnedAt(newest.target)];
  if (own === former) return newest.pinned_revision !== null;
  return own === null || (former !== null && own < former);
}

/** As where a target moves, the pin stays: a revision that another branch does not have is not applied. Pure. */
function takePin(before: TargetState, newest: KeptState, config: TargetConfig): TargetState {
  const { place, pinned_revision: pin, target } = newest;
  if (pin === before.pinned_revision) return before;
  const { pinned_as: _former, heads = [], ...state } = before;
  if (pin === null) return { ...state, heads, pinned_revision: null };
  // It was found to be of the branch when it was pinned, even where a force push has removed it since.
  const isThere = place === nameTargetPlace(config);
  const found = isThere ? [pin, ...heads.filter((head) => head !== pin)] : heads;
  return { ...state, pinned_revision: pin, pinned_as: target, heads: found };
}

function describePin(revision: string | null, from: string) {
  const message = revision === null ? "following the branch" : `the pinned revision ${revision}`;
  return { message, details: { what: "pin", from, revision } };
}
