import type { Reader } from "../model/daemon/daemon-service.ts";
import type { KeptPlan } from "../model/passes/pass.ts";
import { NOT_LOOKED_AT, type Refusal } from "../model/plan/foresight.ts";
import type { RequestAuthor } from "../model/reviews/known-authors.ts";
import { showDigest } from "../model/text/digest-digits.ts";
import { isApprover } from "../plan/policy/is-approver.ts";
import { judgeOwn } from "../pull-requests/review/judge-own.ts";
import { nameAsked } from "../pull-requests/review/name-asked.ts";
import { isOnlyAsked } from "../pull-requests/review/read-missing.ts";
import { isSameLogin } from "../pull-requests/review/spell-login.ts";
import { findHere, findStart } from "../reconcile/pass/find-here.ts";
import { hasCommit } from "../reconcile/pass/find-rejections.ts";
import { shortenHash } from "../report/text/format-moment.ts";
import type { Runner } from "./create-runner.ts";
import { explainReplaced } from "./hand-over.ts";
import type { ServiceTools } from "./service-tools.ts";
import { hasRole } from "./web/access/has-role.ts";

/** A plan that is kept, and what makes the passes of its target. */
export interface Approvable {
  readonly kept: KeptPlan;
  readonly runner: Runner;
}

/** Why the caller may not decide on a plan, regardless of its content; null: the caller may. */
export interface DeciderVerdict {
  readonly approve: Refusal | null;
  readonly reject: Refusal | null;
}

/**
 * Judges who may approve and reject a plan: by role, by the target's list of approvers, and, to approve it where self-approval is disabled,
 * by whose changes it applies; until that is known, no one may approve it (`not_looked_at`). Page, API, CLI and comments all
 * ask this. `reader` null: one without a token.
 */
export async function judgeDecider(
  { records }: Pick<ServiceTools, "records">,
  { kept, runner }: Approvable,
  reader: Reader | null,
): Promise<DeciderVerdict> {
  const { target, digest } = kept;
  const { approvers } = runner.config.policy.approval;
  const { requests: merged, isKnown } = await findOwned(records, { kept, runner });
  const others = approvers.filter((name) => merged.every((request) => judgeOwn(request, name).kind !== "own"));
  const refuse = (code: string, why: string, names: readonly string[]): Refusal => ({
    code,
    message: `${why} ${describeApprovers(target, names, approvers.length === 0)}`,
  });
  const both = (refusal: Refusal): DeciderVerdict => ({ approve: refusal, reject: refusal });
  if (reader === null) return both(refuse("unauthorized", "Deciding on plans needs a token.", approvers));
  const { name, role } = reader;
  if (!hasRole(reader, "approve")) {
    return both(refuse("not_allowed", `The role ${role} of ${name} may not decide on plans.`, approvers));
  }
  if (!isApprover(runner.config.policy.approval, name)) {
    return both(refuse("not_allowed", `${name} is not on the approvers list of ${target}.`, others));
  }
  const judged = merged.map((request) => ({ request, own: judgeOwn(request, name) }));
  for (const { request, own } of judged) {
    if (own.kind !== "own") continue;
    const what = own.opened ? `which ${name} opened` : `which has commits that ${name} made, committed or pushed`;
    const why = `Plan ${showDigest(digest)} of ${target} applies request ${request.number}, ${what}. Self-approval is disabled (\`self_approval: false\`).`;
    return { approve: refuse("not_allowed", why, others), reject: null };
  }
  if (!isKnown || judged.some(({ own }) => own.kind === "unasked")) return { approve: notLookedAt(kept), reject: null };
  for (const { request, own } of judged) {
    if (own.kind === "unknown") return { approve: ofNoKnownAuthor(kept, request.number, own.why), reject: null };
  }
  return { approve: null, reject: null };
}

/** A target whose configuration is being replaced: no decision is taken under the former one. */
export function beingReplaced(target: string): DeciderVerdict {
  const { message } = explainReplaced(target);
  const refusal = { code: "unavailable", message };
  return { approve: refusal, reject: refusal };
}

/** The requests that a plan applies changes of, as far as known. */
interface Owned {
  readonly requests: readonly RequestAuthor[];
  /** Whether they are all. */
  readonly isKnown: boolean;
}

/** Those whose authors may not approve the plan; a token counts as the login with the same name. */
async function findOwned(records: ServiceTools["records"], { kept, runner }: Approvable): Promise<Owned> {
  const { config, source } = runner;
  const { source: place } = config;
  if (place.kind !== "repository" || place.pull_requests?.self_approval !== false) {
    return { requests: [], isKnown: true };
  }
  const noted = (await records.readReviews(config.name))
    .filter((record) => record.merged !== null && record.outcome?.kind !== "applied" && !isOnlyAsked(record))
    .map(({ number, author, authors }) => ({ number, author, ...(authors === undefined ? {} : { authors }) }));
  const from = findStart(findHere(await records.readState(config.name), config));
  // No commit of the branch is left to be applied.
  if (kept.revision === from) return { requests: noted, isKnown: true };
  const known = await records.readAuthors(config.name);
  if (known === null || known.from !== from || known.of !== nameAsked(place))
    return { requests: noted, isKnown: false };
  const has = async (revision: string) => revision === kept.revision || hasCommit({ source }, revision, kept.revision);
  for (const revision of known.revisions) {
    if (await has(revision))
      return { requests: [...known.requests, ...listBeside(known.requests, noted)], isKnown: true };
  }
  return { requests: noted, isKnown: false };
}

/** Those that the others have not: of one that was merged just now a record may not have its authors yet. */
function listBeside(known: readonly RequestAuthor[], noted: readonly RequestAuthor[]): readonly RequestAuthor[] {
  const isKnown = ({ number, author }: RequestAuthor) =>
    known.some((one) => one.number === number && isSameLogin(one.author, author));
  return noted.filter((one) => !isKnown(one));
}

function notLookedAt({ target, digest, revision }: KeptPlan): Refusal {
  const plan = `Plan ${showDigest(digest)} of ${target}`;
  return {
    code: NOT_LOOKED_AT,
    message: `${plan} can't be approved yet: the pull requests have not been reviewed since revision ${shortenHash(revision ?? "")} was pushed, so its authors are unknown, and self-approval is disabled (\`self_approval: false\`). Try again in a moment. If this persists, the daemon's log says why the forge could not be reached.`,
  };
}

function ofNoKnownAuthor({ target, digest }: KeptPlan, number: number, why: string): Refusal {
  const plan = `Plan ${showDigest(digest)} of ${target}`;
  return {
    code: "not_allowed",
    message: `${plan} applies request ${number}, and it is unknown whose change that is: ${why}. Self-approval is disabled (\`self_approval: false\`), so no one can approve it until that is fixed.`,
  };
}

function describeApprovers(target: string, names: readonly string[], isAnyone: boolean): string {
  if (isAnyone) return `Only other tokens with the role approve can approve plans of ${target}.`;
  if (names.length === 0) return `No approver of ${target} may approve it: add one in the daemon's configuration.`;
  return `Approvers of ${target}: ${names.join(", ")}.`;
}
