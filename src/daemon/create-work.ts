import type { TargetConfig } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import type { DaemonEvent } from "../model/daemon/daemon-service.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { PassOutcome, Trigger } from "../model/passes/pass.ts";
import { showState } from "../reconcile/pass/find-here.ts";
import type { PassResult } from "../reconcile/pass/run-pass.ts";
import { createMemoryReturn } from "./create-memory-return.ts";
import type { Runner } from "./create-runner.ts";
import { explainElsewhere, type Handover } from "./hand-over.ts";
import { nameJob, readJob } from "./jobs/job.ts";
import type { ConfirmJob, Jobs } from "./jobs/jobs.ts";
import type { KnownTargets } from "./known-targets.ts";
import type { Log } from "./logging/log.ts";
import { measurePass } from "./measure-pass.ts";
import { nextTryMs } from "./next-try-ms.ts";
import { nextWakeMs } from "./next-wake.ts";
import { reviewWith } from "./review-with.ts";
import type { StoreWatch } from "./watch-store.ts";
import type { Metrics } from "./web/metrics/metrics.ts";

/** What passes are made with. */
export interface WorkTools {
  readonly jobs: Jobs;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly records: DaemonRecords;
  readonly publish: (event: DaemonEvent) => void;
  readonly targets: Pick<Handover<Runner>, "all" | "use">;
  readonly store: Pick<StoreWatch, "notePass">;
  /** As of `ServiceTools`: what a pass found is noted there. */
  readonly known: Pick<KnownTargets, "note">;
  readonly waitingMs?: number | undefined;
}

/** The passes of all targets. */
export interface Work {
  /**
   * Does the job of that name ({@link nameJob}). Throws what {@link Handover.use} throws, and `target_elsewhere` for a target that this replica does not have.
   */
  run(job: string, signal: AbortSignal, confirm: ConfirmJob): Promise<void>;
  /**
   * Requests a pass; never rejects. Where the store fails, the log says so, and the next poll requests it: what is on record by then counts all the same,
   * so the caller gets no error.
   */
  wake(target: string, trigger: Trigger): Promise<void>;
}

/** What a pass is made for that follows one by itself. Others repeat what failed. */
const TRIGGER_AFTER: { readonly [Kind in PassOutcome["kind"]]?: Trigger } = {
  waiting: "waiting",
  applied: "schedule",
  held: "schedule",
};

/** Makes passes and reviews, publishes their events, and requests the next one where work is left. */
export function createWork(tools: WorkTools): Work {
  const { jobs, log, records, targets } = tools;
  /** Why the next pass over a target is made, as far as this process knows. */
  const triggers = new Map<string, Trigger>();
  let running = 0;
  /** Passes in a row of which nothing could be recorded, by target. */
  const broken = new Map<string, number>();
  const giveBackMemory = createMemoryReturn();
  const pass = async (runner: Runner, signal: AbortSignal) => {
    const target = runner.config.name;
    const trigger = triggers.get(target) ?? "poll";
    triggers.delete(target);
    const result = await runner.run(trigger, signal).catch(async (error: unknown) => {
      // Ended by a reload, by a shutdown or by another replica: it is repeated by the new configuration, the next process or that replica.
      if (error instanceof OperationalError && error.code === "ended_early") return null;
      // The store failed, or the code: nothing else would ask before the next poll.
      tools.store.notePass(target, error, await readLastPass(records, runner.config));
      const failures = (broken.get(target) ?? 0) + 1;
      broken.set(target, failures);
      if (!signal.aborted) await jobs.request(target, { delayMs: nextTryMs(failures, Math.random()) });
      throw error;
    });
    if (result === null) {
      log.info({ target, trigger }, "A pass was interrupted; retrying it.");
      return null;
    }
    broken.delete(target);
    tools.store.notePass(target, null);
    tools.known.note(result.state, null);
    describe(log, result);
    measurePass(tools.metrics, result);
    // All readers receive this event: what is for operators, or internal, is left out.
    const { excess: _excess, place: _place, former: _former, ...heard } = result.state;
    tools.publish({ type: "state", target, state: heard });
    if (runner.review !== null) await jobs.request(nameJob({ kind: "review", target }));
    const { record, state, retryAfterMs } = result;
    const { failures } = state;
    const { waitingMs } = tools;
    const random = Math.random();
    const { outcome, ended_at: now } = record;
    const delayMs = nextWakeMs({ outcome, failures, retryAfterMs, random, waitingMs, now });
    if (delayMs === null || signal.aborted) return record;
    if (!triggers.has(target)) triggers.set(target, TRIGGER_AFTER[outcome.kind] ?? "retry");
    await jobs.request(target, { delayMs });
    return record;
  };
  const passAndAsk = async (runner: Runner, signal: AbortSignal) => {
    const target = runner.config.name;
    const asked = new Set((await records.readRequests(target)).map(({ id }) => id));
    const record = await pass(runner, signal);
    if (record === null || signal.aborted) return;
    // Requests that came while the pass ran are answered by another one. Older ones that it could not answer wait for its next try.
    if ((await records.readRequests(target)).some(({ id }) => !asked.has(id))) await jobs.request(target);
  };
  return {
    run: async (name, signal, confirm) => {
      if (signal.aborted) return;
      running += 1;
      try {
        const { kind, target } = readJob(name);
        const done = await targets.use(target, async (runner) => {
          await (kind === "pass" ? passAndAsk(runner, signal) : review(tools, runner, { signal, confirm }));
          return true;
        });
        if (done === null) throw explainElsewhere(target);
      } finally {
        running -= 1;
        if (running === 0) giveBackMemory();
      }
    },
    wake: async (target, trigger) => {
      triggers.set(target, trigger);
      try {
        await jobs.request(target);
        // A forge reports requests by the same webhook, and a pass that applies many changes takes time.
        const hasReviews = targets.all().get(target)?.review != null;
        if (trigger === "push" && hasReviews) await jobs.request(nameJob({ kind: "review", target }));
      } catch (err) {
        // Most callers are timers and listeners: a rejection, foreseen or not, would end the process.
        log.error({ err, target }, "A pass could not be requested.");
      }
    },
  };
}

/** One look at a target's requests; it makes no pass. */
async function review(
  { jobs, log, metrics, records, publish }: WorkTools,
  { config: { name: target }, review: look }: Runner,
  job: { readonly signal: AbortSignal; readonly confirm: ConfirmJob },
): Promise<void> {
  if (look === null) return;
  const delayMs = await reviewWith(look, { log, metrics, records, publish, target, ...job });
  if (delayMs !== null && !job.signal.aborted) await jobs.request(nameJob({ kind: "review", target }), { delayMs });
}

/** The last pass on record; null: none, or what is on record can't be read. */
async function readLastPass(records: DaemonRecords, config: TargetConfig): Promise<string | null> {
  const state = await records.readState(config.name).catch(() => null);
  return state === null ? null : (showState(state, config).last_pass?.id ?? null);
}

/** A pass that found what the one before it found says so only to those who want to know everything. */
function describe(log: Log, { record, state, before }: PassResult): void {
  const { id: run_id, target, trigger, revision, digest, outcome } = record;
  const fields = { run_id, target, trigger, revision, digest, outcome: outcome.kind, status: state.status.state };
  const last = before?.last_pass;
  const isSame = last?.revision === revision && last.digest === digest && last.outcome.kind === outcome.kind;
  const isBad = outcome.kind === "failed" || outcome.kind === "inconclusive";
  log[isBad ? "warn" : isSame ? "debug" : "info"](fields, `${state.status.reason}: ${state.status.message}`);
}
