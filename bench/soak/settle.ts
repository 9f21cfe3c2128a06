import { setTimeout as delay } from "node:timers/promises";
import type { TargetDetail } from "../../src/model/daemon/daemon-service.ts";
import type { KeptPlan, PassOutcome } from "../../src/model/passes/pass.ts";
import type { Status } from "../../src/model/passes/status.ts";
import type { Prospect } from "../../src/model/plan/foresight.ts";
import type { Random } from "./random.ts";
import { type Stage, TARGET } from "./stage.ts";
import { readWrite } from "./watch-journal.ts";

/** In what the daemon is at rest: in sync, with wrong manifests, with something that is paused, or with nothing that may be written. */
export type Expected = "Synced" | "Invalid" | "Paused" | "Stopped";

/** What is waited for. */
export interface Settling {
  readonly stage: Stage;
  readonly random: Random;
  /** The commit that was pushed last. */
  readonly head: string;
  readonly expected: Expected;
  /** When the last disturbance was, milliseconds since 1970: only a pass that began later counts. */
  readonly since: number;
  /** Gets what was approved to be destroyed, moved or drained: `OP NAME`, with the physical name. */
  readonly approved: Set<string>;
  /** Gets the queues that plans name as interrupted for a while. */
  readonly told: Set<string>;
  /** Gets what was written though it was rejected. */
  readonly problems: string[];
  readonly counts: Record<string, number>;
}

/** The longest that it may take until the daemon is at rest, in milliseconds: past it, it is held to be stuck. A busy machine takes its time. */
const STUCK_MS = 240_000;
const LOOK_MS = 150;

/** Waits until the daemon is at rest, starting it again and approving what it asks for. Null when it is, else what it is stuck in. */
export async function settle(settling: Settling): Promise<string | null> {
  const { stage } = settling;
  const end = Date.now() + STUCK_MS;
  let last: TargetDetail | null = null;
  /** The last passes in a row that were at rest. */
  const restful = new Set<string>();
  /** The pass whose report was decided about: until the next one has looked, it lists what is gone by now. */
  let decided: string | null = null;
  while (Date.now() < end) {
    await stage.daemon.ensure();
    last = (await readTarget(stage)) ?? last;
    for (const { code, queues = [] } of last?.plan?.plan.notices ?? []) {
      if (code === "interruption") for (const queue of queues) settling.told.add(queue);
    }
    const rest = last === null ? null : findRest(last, settling);
    if (rest === null) restful.clear();
    else restful.add(rest);
    // Where a pass takes longer than a poll, as on a busy machine, one always runs: two at rest have nothing left to do either.
    if (rest !== null && (last?.running === null || restful.size > 1)) return null;
    if (last?.last_pass?.revision === settling.head && settling.expected !== "Stopped") {
      await approve(last, settling);
      if (decided !== last.last_pass.id) await decide(last, settling);
      decided = last.last_pass.id;
    }
    await delay(LOOK_MS);
  }
  return last === null ? "the daemon was never reached" : describeStuck(last);
}

/** Null where the daemon answers nothing, or with an error, as while its store is away. */
async function readTarget(stage: Stage): Promise<TargetDetail | null> {
  const answer = await stage.ask<TargetDetail>("GET", `/api/v1/targets/${TARGET}`);
  return answer?.status === 200 ? answer.body : null;
}

function describeStuck({ status, last_pass, approvals, plan }: TargetDetail): string {
  const changes = plan?.plan.changes.map(({ address, action, origin }) => `${action} ${address} (${origin})`);
  const steps = plan?.plan.steps.map(({ id }) => id);
  return `stuck in ${status.state}, ${status.reason}: ${status.message} ${JSON.stringify({ last_pass, approvals, changes, steps })}`;
}

/** The last pass, where the target is at rest by it; null: it is not. */
function findRest({ status, last_pass }: TargetDetail, { head, expected, since }: Settling): string | null {
  if (last_pass === null || last_pass.revision !== head || Date.parse(last_pass.started_at) <= since) return null;
  const { outcome } = last_pass;
  // Without what is paused the rest may leave a queue nowhere: none of it is written.
  const waits = expected === "Paused" && outcome.kind === "blocked" && (outcome.without ?? []).length > 0;
  const isResting = waits || (AT_REST[expected].has(outcome.kind) && STATES[expected]?.has(status.state) !== false);
  return isResting ? last_pass.id : null;
}

const AT_REST: Readonly<Record<Expected, ReadonlySet<PassOutcome["kind"]>>> = {
  Synced: new Set(["synced"]),
  Invalid: new Set(["invalid"]),
  // What comes after something paused is not written either; the rest is.
  Paused: new Set(["synced", "held", "applied"]),
  Stopped: new Set(["synced", "held", "blocked"]),
};
const STATES: Readonly<Record<Expected, ReadonlySet<Status["state"]> | null>> = {
  Synced: new Set(["Synced"]),
  Invalid: new Set(["Invalid"]),
  Paused: new Set(["Synced", "Paused"]),
  Stopped: null,
};

/** Approves the plan that waits for it, or one that a check or a contest holds up; now and then it is rejected first. */
async function approve({ status, last_pass, approvals }: TargetDetail, settling: Settling): Promise<void> {
  const { stage, random, approved, counts } = settling;
  const digest = last_pass?.digest ?? null;
  const outcome = last_pass?.outcome;
  const isAsked = status.state === "AwaitingApproval" || HELD_UP.has(status.reason);
  const isApproved = approvals.some((approval) => approval.digest === digest);
  if (!isAsked || digest === null || outcome === undefined || isApproved) return;
  const kept = await stage.ask<KeptPlan>("GET", `/api/v1/plans/${digest}`);
  if (kept?.status !== 200) return;
  const { plan } = kept.body;
  if (random.chance(0.15)) await reject(digest, settling);
  // Before it is asked for: the daemon may be quicker than its answer.
  for (const { op, physical_name } of plan.steps) if (DESTRUCTIVE.has(op)) approved.add(`${op} ${physical_name}`);
  // An approval names the newest rejection that its giver was shown.
  const shown = await stage.ask<Prospect>("GET", `/api/v1/plans/${digest}/approval?target=${TARGET}`);
  const failed = plan.checks.filter(({ status }) => status === "fail");
  // What is paused or frozen stays so.
  const needed = (shown?.body.offers ?? []).filter((offer) => offer.needed && offer.name === "drift");
  const overrides = [...new Set([...failed, ...needed].map(({ name }) => name))];
  const body = { digest, overrides, decided: shown?.body.decided };
  const answer = await stage.ask("POST", "/api/v1/approvals", body);
  if (answer?.status !== 201) return;
  counts.approvals = (counts.approvals ?? 0) + 1;
  for (const name of overrides) counts[`override ${name}`] = (counts[`override ${name}`] ?? 0) + 1;
}

/** Says no, lets the daemon look once more, now and then by another process: nothing is destroyed, moved or drained meanwhile. */
async function reject(digest: string, settling: Settling): Promise<void> {
  const { stage, random, counts, problems } = settling;
  const { journal } = stage.controlPlane.model;
  const answer = await stage.ask<{ readonly at?: string }>("POST", "/api/v1/rejections", { digest, reason: "not now" });
  if (answer === null || answer.status >= 300) return;
  counts.rejections = (counts.rejections ?? 0) + 1;
  const passes = random.chance(0.4) ? 2 : 1;
  await nextPass(stage, null);
  const written = journal.length;
  for (let pass = 0; pass < passes; pass += 1) {
    if (pass === 1) {
      stage.daemon.kill();
      await stage.daemon.ended();
      counts.kill = (counts.kill ?? 0) + 1;
    }
    await nextPass(stage, Date.now());
  }
  const since = journal.slice(written).map(readWrite);
  const destructive = since.filter((write) => write.destructive !== null && write.outcome === "ok");
  problems.push(
    ...destructive.map(({ method, name }) => `written though ${digest.slice(0, 8)} was rejected: ${method} ${name}`),
  );
}

/** Waits until a pass that began after a moment, milliseconds since 1970, has ended; null: until the one that runs has. */
export async function nextPass(stage: Stage, since: number | null): Promise<void> {
  let first: string | null = null;
  for (const end = Date.now() + STUCK_MS; Date.now() < end; await delay(LOOK_MS)) {
    await stage.daemon.ensure();
    const { running, last_pass } = (await readTarget(stage)) ?? {};
    if (running === undefined || last_pass === undefined) continue;
    first ??= running?.id ?? null;
    const isOver = running === null || running.id !== first;
    if (since === null ? isOver : Date.parse(last_pass?.started_at ?? "") > since) return;
  }
  throw new Error("the daemon does not look any more");
}

/** Decides, as people would, about what the daemon is not sure to own: it goes. */
async function decide({ left_behind = [] }: TargetDetail, { stage, counts }: Settling): Promise<void> {
  const hasStates = stage.controlPlane.model.state.generation === "2026-11";
  for (const { address, message } of left_behind) {
    const [kind, addressed] = address.split(".");
    // Its name on the control plane may be another than that of its manifest, as of what was replaced.
    const [, queue, named] = /^Queue (\S+) |\((\S+) on the control plane\)/.exec(message) ?? [];
    const name = queue ?? named ?? addressed;
    const { rows } = stage.controlPlane.model.state[kind as "cluster" | "queue"];
    // The pass that reports it may have looked before it was deleted.
    if (name === undefined || !rows.has(name)) continue;
    const gone = hasStates ? { op: "set", path: "state", value: "deleted" } : { op: "delete" };
    await stage.disturb("POST", "/mutate", { ...gone, kind, name });
    counts["left behind"] = (counts["left behind"] ?? 0) + 1;
  }
}

/** Reasons of a status that an approval with an override ends. A row that is deleted by hand again and again is contested. */
const HELD_UP: ReadonlySet<string> = new Set(["CheckFailed", "DriftContested"]);
/** Operations of plans that take something out of service, away, or elsewhere. */
const DESTRUCTIVE: ReadonlySet<string> = new Set(["delete", "drain", "move"]);
