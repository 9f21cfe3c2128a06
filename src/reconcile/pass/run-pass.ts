import type { Address } from "../../model/address.ts";
import type { TargetState } from "../../model/daemon/daemon-records.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { isOnTheWay, listOwnDrains } from "../../model/ledger/own-drains.ts";
import type { PassOutcome, PassRecord, Trigger } from "../../model/passes/pass.ts";
import { ACCESS_CODES, isUnseen } from "../../plan/policy/compute-status.ts";
import { endedEarly } from "../../systems/http/until-aborted.ts";
import { findHere, isElsewhere } from "./find-here.ts";
import { nextState } from "./next-state.ts";
import type { PassCall, PassTools } from "./pass-tools.ts";
import { leaveUnjudged, readUnreported } from "./read-unreported.ts";
import { recordPass } from "./record-pass.ts";
import { findBasis, refuseOutdated } from "./refuse-outdated.ts";
import { sealKept } from "./seal-kept.ts";
import { type Findings, walkPass } from "./walk-pass.ts";

/** The result of a pass. */
export interface PassResult {
  readonly record: PassRecord;
  readonly before: TargetState | null;
  readonly state: TargetState;
  readonly findings: Findings;
  /** What a server asked for, in milliseconds from the end of the pass; null: nothing. */
  readonly retryAfterMs: number | null;
}

/**
 * One pass over a target: reads what is desired and live, applies what may run, and records what it found. It never throws for an external
 * failure: that is its outcome. Throws an OperationalError only where the store fails; `pass_outdated` where another process has made a pass
 * in the meantime: its records stay; and `ended_early` where it was ended before it had a result: nothing is recorded, and requests stay
 * open.
 */
export async function runPass(trigger: Trigger, tools: PassTools, call: PassCall): Promise<PassResult> {
  const { records, config } = tools;
  const started_at = await records.now();
  const kept = await records.readState(config.name);
  const before = findHere(kept, config);
  const basis = findBasis(kept, config, call.id);
  // Sightings elsewhere do not count here: and this pass may end too early to say whether it is seen now.
  if (isElsewhere(kept, config)) await records.writeSightings(config.name, []);
  const findings: Findings = {
    step: "fetch",
    revision: null,
    pinned: before?.pinned_revision ?? null,
    rewritten: null,
    verified: undefined,
    requests: [],
    isGood: false,
    planned: null,
    unreachable: null,
    looked: false,
    retriable: true,
  };
  // Before it writes: it may finish what a run that was killed has left.
  const begun = await tools.store.readBegunWrites();
  const { outcome, retryAfterMs } = await settle(
    async () => {
      await sealKept(tools, [], call.signal);
      return walkPass(tools, { call, state: before, basis }, findings);
    },
    findings,
    call.signal,
  );
  const record: PassRecord = {
    id: call.id,
    target: config.name,
    trigger,
    started_at,
    ended_at: await records.now(),
    revision: findings.revision?.id ?? null,
    digest: findings.planned?.whole.digest ?? null,
    outcome,
  };
  call.onProgress({ type: "step", step: "report" });
  refuseOutdated(await records.readState(config.name), config, basis);
  const pauses = await records.readPauses(config.name);
  const written = await readUnreported(tools.store, config, { before, begun, now: record.ended_at });
  const brokeOff = "report" in outcome && outcome.report === null;
  const unreported = brokeOff || findings.planned === null ? leaveUnjudged(written) : written;
  const out_of_service = isUnseen(outcome) ? await readOutOfService(tools) : [];
  const excess = tools.readExcess();
  const state = nextState({ config, before, record, findings, pauses, unreported, excess, out_of_service });
  await recordPass(tools, { record, before, state, findings, unreported, basis });
  return { record, before, state, findings, retryAfterMs };
}

/** What was drained on the way and not put back into service, by the journal. */
async function readOutOfService({ store }: PassTools): Promise<readonly Address[]> {
  const drains = listOwnDrains(await store.readOwnWrites()).filter(isOnTheWay);
  return [...new Set(drains.map(({ address }) => address))].sort();
}

/** Another one writes, or has written what may arrive yet: that is no fault of anything. */
const WAITS_FOR_WRITER: ReadonlySet<string> = new Set(["lease_held", "lease_lost", "write_under_way"]);

/** An error becomes an outcome: nothing is reported before something is written, and then something failed. */
async function settle(
  walk: () => Promise<PassOutcome>,
  findings: Findings,
  signal: AbortSignal,
): Promise<{ readonly outcome: PassOutcome; readonly retryAfterMs: number | null }> {
  try {
    return { outcome: await walk(), retryAfterMs: null };
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    // An interruption at that point says nothing of the target.
    if (signal.aborted) throw endedEarly();
    const { code, message, retryAfterMs } = error;
    const { step } = findings;
    findings.retriable = error.next !== "stop";
    if (WAITS_FOR_WRITER.has(code)) {
      return { outcome: { kind: "cancelled", message, report: null }, retryAfterMs };
    }
    // Without access the state is unknown.
    const isTold = error.next === "stop" && !ACCESS_CODES.has(code);
    const kind = step === "apply" || isTold ? "failed" : "inconclusive";
    const details = { step, code, message };
    return { outcome: kind === "failed" ? { kind, ...details, report: null } : { kind, ...details }, retryAfterMs };
  }
}
