import { SERVER_REFUSED } from "../model/ledger/refusal.ts";
import { IN_FLIGHT, listWorkAt, mayHaveWork } from "../model/plan/foresight.ts";
import { isAllowed } from "../model/plan/is-allowed.ts";
import type { Allowance, Check, Impact, Plan, PlanBody } from "../model/plan/plan.ts";
import { countNoun } from "../model/text/count-noun.ts";
import { showInLine } from "../model/text/show-text.ts";
import { CHECK_NAMES, type CheckName, type Finding, RESTORED_OWNERSHIP } from "./compare/finding.ts";
import type { ComputedPlan } from "./compute-plan.ts";

/** Findings that a check lists, a line each: who overrides it is to read each of them. Views cut further, and count what they leave out. */
const SHOWN_FINDINGS = 200;

/**
 * The verdict of every named guard, in a fixed order. A failure that was allowed for this plan becomes a warning marked
 * `allowed`; nothing else lets one through, and nothing at all one that the control plane refuses.
 */
export function checkSafety(plan: ComputedPlan, impact: readonly Impact[]): readonly Check[] {
  const { options } = plan.body;
  const findings = [...plan.findings, ...findWorkInFlight(plan.body, impact)];
  const checks = CHECK_NAMES.map((name) => judge(name, findings, options.allow));
  // Only what was tried before can have been refused, and only what was restored is unconfirmed.
  const isRare = (name: string) => name === SERVER_REFUSED || name === RESTORED_OWNERSHIP;
  return checks.filter(({ name, status }) => !isRare(name) || status !== "pass");
}

/**
 * What is allowed, without the interruption of work of queues that were not shown to have any there: a delete waits for that. An allowance by
 * name is given with the plan in view. The same list where nothing is left out.
 */
export function leaveUnshownWork(allow: readonly Allowance[], impact: readonly Impact[]): readonly Allowance[] {
  const isOpen = (allowance: Allowance) => (address: string) =>
    isAllowed([allowance], { check: IN_FLIGHT, addresses: [address], concerns: listWorkAt(impact, address) });
  const narrowed = allow.flatMap((allowance): readonly Allowance[] => {
    if (typeof allowance === "string" || allowance.check !== IN_FLIGHT) return [allowance];
    const addresses = allowance.addresses.filter(isOpen(allowance));
    if (addresses.length === allowance.addresses.length) return [allowance];
    return addresses.length === 0 ? [] : [{ ...allowance, addresses }];
  });
  return narrowed.every((allowance, index) => allowance === allow[index]) && narrowed.length === allow.length
    ? allow
    : narrowed;
}

/** The plan as it is shown: the body with its guards' verdicts and the figures of work that they were given. */
export function completePlan(body: PlanBody, checks: readonly Check[], impact: readonly Impact[]): Plan {
  return { ...body, checks, impact, applyable: checks.every((check) => check.status !== "fail") };
}

function judge(name: CheckName, findings: readonly Finding[], allow: readonly Allowance[]): Check {
  const mine = findings.filter((finding) => finding.check === name);
  const failures = mine.filter(({ status }) => status === "fail");
  const [through, open] = split(failures, (failure) => failure.refused !== true && isAllowed(allow, failure));
  const warnings = mine.filter(({ status }) => status === "warn");
  const isAllLet = failures.length > 0 && open.length === 0;
  const letTexts = through.map(({ message }) =>
    isAllLet ? showInLine(message) : `${LET_THROUGH}${showInLine(message)}`,
  );
  // The failures come first: they are what has to be dealt with.
  const sorted = [...open.map(toMessage), ...letTexts, ...warnings.map(toMessage)];
  const more = sorted.length - SHOWN_FINDINGS;
  const message = [...sorted.slice(0, SHOWN_FINDINGS), ...(more > 0 ? [`... and ${more} more.`] : [])].join("\n");
  const addresses = listAddresses([...open, ...through, ...warnings]);
  const failing = listAddresses(open);
  const refused = listAddresses(open.filter((finding) => finding.refused === true));
  const concerns = [...new Set(open.flatMap((finding) => finding.concerns ?? []))];
  return {
    name,
    status: open.length > 0 ? "fail" : mine.length > 0 ? "warn" : "pass",
    message: isAllLet ? `${LET_THROUGH}${message}` : message,
    addresses,
    ...(open.length > 0 && failing.length < addresses.length ? { failing } : {}),
    ...(refused.length > 0 ? { refused } : {}),
    ...(concerns.length > 0 ? { concerns } : {}),
    ...(isAllLet ? { allowed: true } : {}),
  };
}

const LET_THROUGH = "Allowed for this plan: ";

function toMessage({ message, refused }: Finding): string {
  return showInLine(refused === true ? `${message} No override helps: the control plane refuses it.` : message);
}

function listAddresses(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.flatMap(({ addresses }) => addresses))];
}

function split<T>(all: readonly T[], is: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(is), all.filter((one) => !is(one))];
}

/** Work that is there now on what the plan waits for. Waiting is safe, so this warns; `--allow in-flight` lets deletes continue. */
function findWorkInFlight(body: PlanBody, impact: readonly Impact[]): readonly Finding[] {
  const { allow } = body.options;
  const deleted = new Set<string>(body.steps.filter(({ op }) => op === "delete").map(({ address }) => address));
  const isForced = (address: string) =>
    deleted.has(address) && isAllowed(allow, { check: "in-flight", addresses: [address] });
  return impact.flatMap((work): readonly Finding[] => {
    if (!mayHaveWork(work)) return [];
    const { queue, in_flight, addresses } = work;
    if (in_flight === null) {
      const message = `How much work queue ${queue} has is not known: its metrics could not be read.`;
      return [{ check: "in-flight", status: "warn", message, addresses }];
    }
    const { runs_in_flight: runs, actions_in_flight: actions, current_depth: depth } = in_flight;
    const what = `${countNoun(runs, "run")} and ${countNoun(actions, "action")} in flight, ${depth} waiting`;
    const fate = addresses.some(isForced) ? "deletes do not wait for it" : "nothing that has work is deleted or moved";
    return [{ check: "in-flight", status: "warn", message: `Queue ${queue} has ${what}: ${fate}.`, addresses }];
  });
}
