import type { Refusal } from "../model/foresight.ts";
import type { KeptPlan } from "../model/pass.ts";
import { showDigest } from "../model/show-digest.ts";
import { isApprover } from "../policy/is-approver.ts";
import { isSameLogin } from "../review/spell-login.ts";
import { hasRole } from "../web/access/has-role.ts";
import type { Reader } from "../web/daemon-service.ts";
import type { Runner } from "./create-runner.ts";
import type { ServiceTools } from "./service-tools.ts";

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
 * out where nobody approves their own. Page, API, CLI and comments all ask this. `reader` null: one without a token.
 */
export async function judgeDecider(
  { records }: Pick<ServiceTools, "records">,
  { kept, runner }: Approvable,
  reader: Reader | null,
): Promise<DeciderVerdict> {
  const { target, digest } = kept;
  const { approvers } = runner.config.policy.approval;
  const merged = await findOwned(records, runner);
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
  if (own === undefined) return { approve: null, reject: null };
  const why = `Plan ${showDigest(digest)} of ${target} carries out request ${own.number}, which ${name} opened: nobody approves their own here (\`self_approval: false\`).`;
  return { approve: refuse("not_allowed", why, others), reject: null };
}

/** The requests that are merged and not carried out yet, where their authors may not approve them; a token counts as the login with the same name. */
async function findOwned(records: ServiceTools["records"], { config: { name, source } }: Runner) {
  if (source.kind !== "repository" || source.pull_requests?.self_approval !== false) return [];
  return (await records.readReviews(name)).filter(({ merged }) => merged !== null);
}

function describeApprovers(target: string, names: readonly string[], isAnyone: boolean): string {
  if (isAnyone) return `Plans of ${target} are approved by other tokens with the role approve.`;
  if (names.length === 0)
    return `None of the approvers of ${target} may approve it: add one in the daemon's configuration.`;
  return `Plans of ${target} are approved by: ${names.join(", ")}.`;
}
