import type { Reader } from "../model/daemon-service.ts";
import { NOT_LOOKED_AT, type Refusal } from "../model/foresight.ts";
import type { RequestAuthor } from "../model/known-authors.ts";
import type { KeptPlan } from "../model/pass.ts";
import { showDigest } from "../model/show-digest.ts";
import { isApprover } from "../plan/policy/is-approver.ts";
import { nameAsked } from "../pull-requests/name-asked.ts";
import { isSameLogin } from "../pull-requests/spell-login.ts";
import { findHere, findStart } from "../reconcile/pass/find-here.ts";
import { hasCommit } from "../reconcile/pass/find-rejections.ts";
import { shortenHash } from "../report/format-moment.ts";
import type { Runner } from "./create-runner.ts";
import { explainReplaced } from "./hand-over.ts";
import type { ServiceTools } from "./service-tools.ts";
import { hasRole } from "./web/access/has-role.ts";

/** A plan that is kept, and what makes the passes of its target. */
export interface Approvable {
  readonly kept: KeptPlan;
  readonly runner: Runner;
}

/** Why somebody may not decide on a plan, whatever it does; null: they may. */
export interface DeciderVerdict {
  readonly approve: Refusal | null;
  readonly reject: Refusal | null;
}

/**
 * Judges who may approve and reject a plan: by role, by the target's list of approvers, and, to approve it, by whose request it carries
 * out where nobody approves their own; until that is known, nobody approves it (`not_looked_at`). Page, API, CLI and comments all ask this.
 * `reader` null: one without a token.
 */
export async function judgeDecider(
  { records }: Pick<ServiceTools, "records">,
  { kept, runner }: Approvable,
  reader: Reader | null,
): Promise<DeciderVerdict> {
  const { target, digest } = kept;
  const { approvers } = runner.config.policy.approval;
  const { requests: merged, isKnown } = await findOwned(records, { kept, runner });
  const others = approvers.filter((name) => !merged.some(({ author }) => isSameLogin(author, name)));
  const refuse = (code: string, why: string, names: readonly string[]): Refusal => ({
    code,
    message: `${why} ${describeApprovers(target, names, approvers.length === 0)}`,
  });
  const both = (refusal: Refusal): DeciderVerdict => ({ approve: refusal, reject: refusal });
  if (reader === null) return both(refuse("unauthorized", "To decide on plans takes a token.", approvers));
  const { name, role } = reader;
  if (!hasRole(reader, "approve")) {
    return both(refuse("not_allowed", `The role ${role} of ${name} does not decide on plans.`, approvers));
  }
  if (!isApprover(runner.config.policy.approval, name)) {
    return both(refuse("not_allowed", `${name} is not on the approvers list of ${target}.`, others));
  }
  const own = merged.find(({ author }) => isSameLogin(author, name));
  if (own === undefined) return { approve: isKnown ? null : notLookedAt(kept), reject: null };
  const why = `Plan ${showDigest(digest)} of ${target} carries out request ${own.number}, which ${name} opened: nobody approves their own here (\`self_approval: false\`).`;
  return { approve: refuse("not_allowed", why, others), reject: null };
}

/** Of a target whose configuration is being replaced: nobody decides by the former one. */
export function beingReplaced(target: string): DeciderVerdict {
  const { message } = explainReplaced(target);
  const refusal = { code: "unavailable", message };
  return { approve: refusal, reject: refusal };
}

/** The requests that a plan carries out something of, as far as that is known. */
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
  const noted = (await records.readReviews(config.name)).filter(
    ({ merged, outcome }) => merged !== null && outcome?.kind !== "applied",
  );
  const from = findStart(findHere(await records.readState(config.name), config));
  // Nothing of the branch is left to be carried out.
  if (kept.revision === from) return { requests: noted, isKnown: true };
  const known = await records.readAuthors(config.name);
  if (known === null || known.from !== from || known.of !== nameAsked(place))
    return { requests: noted, isKnown: false };
  const has = async (revision: string) => revision === kept.revision || hasCommit({ source }, revision, kept.revision);
  for (const revision of known.revisions) {
    if (await has(revision)) return { requests: [...known.requests, ...noted], isKnown: true };
  }
  return { requests: noted, isKnown: false };
}

function notLookedAt({ target, digest, revision }: KeptPlan): Refusal {
  const plan = `Plan ${showDigest(digest)} of ${target}`;
  return {
    code: NOT_LOOKED_AT,
    message: `${plan} can't be approved yet: the pull requests have not been looked at since revision ${shortenHash(revision ?? "")} came onto the branch, so it is not known whose it carries out, and nobody approves their own here (\`self_approval: false\`). Try again in a moment. If this stays, the log of the daemon says why the forge could not be asked.`,
  };
}

function describeApprovers(target: string, names: readonly string[], isAnyone: boolean): string {
  if (isAnyone) return `Plans of ${target} are approved by other tokens with the role approve.`;
  if (names.length === 0)
    return `None of the approvers of ${target} may approve it: add one in the daemon's configuration.`;
  return `Plans of ${target} are approved by: ${names.join(", ")}.`;
}
