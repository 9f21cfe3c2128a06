import { hasErrors } from "../../manifests/load-desired.ts";
import type { TargetState, VerifiedRevision } from "../../model/daemon/daemon-records.ts";
import type { PassOutcome, PassStep } from "../../model/passes/pass.ts";
import { endedEarly } from "../../systems/http/until-aborted.ts";
import { loadRevision } from "../source/load-revision.ts";
import type { Revision } from "../source/source.ts";
import { applyDecided } from "./apply-decided.ts";
import { fetchRevision } from "./fetch-revision.ts";
import { findLastApplied } from "./find-here.ts";
import { type FoundUnreachable, findUnreachable } from "./find-unreachable.ts";
import type { PassTools } from "./pass-tools.ts";
import { type PassSubject, type PlannedRevision, planRevision } from "./plan-revision.ts";

/** What a pass has found so far; filled in step by step, so that a pass that ends early has left what it knows. */
export interface Findings {
  step: PassStep;
  revision: Revision | null;
  pinned: string | null;
  /** The good revision that the newest one does not contain though it came before it; null: it does. */
  rewritten: string | null;
  /** Requests that this pass answers. */
  requests: readonly string[];
  /** What was verified in this pass; undefined: nothing was looked at, or it was refused. */
  verified: VerifiedRevision | null | undefined;
  /** Whether the manifests are valid. */
  isGood: boolean;
  /** What there is to do and may be done; null where it was not planned. */
  planned: PlannedRevision | null;
  /** Whether another try without a change may succeed where it failed. */
  retriable: boolean;
  /** Work that waits where nothing takes it; null where the live state was not read. */
  unreachable: readonly FoundUnreachable[] | null;
  /** Whether drift was looked for. */
  looked: boolean;
}

/**
 * The steps of a pass, each on the result of the one before, up to the first that ends it. Level-triggered: it depends only on the newest
 * revision, the live state, and the store. Throws an OperationalError where a system is unavailable.
 */
export async function walkPass(
  tools: PassTools,
  { call, state, basis }: Pick<PassSubject, "call" | "state" | "basis">,
  findings: Findings,
): Promise<PassOutcome> {
  const { source, cache } = tools;
  const enter = (step: PassStep) => {
    findings.step = step;
    call.onProgress({ type: "step", step });
  };

  enter("fetch");
  await fetchRevision(tools, state, findings);
  const { revision } = findings;
  if (revision === null) throw new Error("a source gave no revision");

  enter("verify");
  const verification = await source.verify(revision.id, findLastApplied(state), state?.verified);
  if (!verification.ok) return { kind: "refused", message: verification.message };
  findings.verified = verification.verified;

  enter("parse");
  const loaded = await loadRevision(source, revision.id, { org: tools.target.org, cache, signal: call.signal });
  if (hasErrors(loaded.diagnostics)) return { kind: "invalid", diagnostics: loaded.diagnostics };
  findings.isGood = true;
  // A request by a user always looks for drift, independent of the schedule.
  const isAsked = findings.requests.length > 0;
  if (!call.looksForDrift && !isAsked && isAtRest(state, revision.id)) return { kind: "synced" };

  // What is referred to may have changed since, although the revision is the same.
  const { desired, diagnostics } = tools.resolve(loaded);
  if (hasErrors(diagnostics)) return { kind: "invalid", diagnostics };

  enter("read");
  await tools.renew();
  const subject = { desired, revision: revision.id, state, basis, pinned: findings.pinned, call };
  const open = await planRevision(tools, subject);
  findings.planned = open.planned;
  findings.looked = true;
  const { union } = open.target.readersUntil(call.signal);
  findings.unreachable = await findUnreachable(union, findings.planned.world.live, state?.unreachable ?? []);
  if (call.signal.aborted) throw endedEarly();

  enter("apply");
  const { outcome, planned } = await applyDecided(tools, subject, open);
  findings.planned = planned;
  return outcome;
}

/** Whether nothing was left to do for this revision when it was last looked at. */
function isAtRest(state: TargetState | null, revision: string): boolean {
  const last = state?.last_pass;
  return last?.revision === revision && last.outcome.kind === "synced";
}
