import { createHash } from "node:crypto";
import type { PolicyConfig, WindowConfig } from "../../model/daemon/daemon-config.ts";
import { isAllowed } from "../../model/plan/is-allowed.ts";
import type { Allowance, ShownFailure } from "../../model/plan/plan.ts";
import type { ApprovedPlan } from "./find-approval.ts";
import { listAllowances } from "./list-allowances.ts";

/** What of a policy holds everything that a plan does. */
type Holds = Pick<PolicyConfig, "freeze" | "windows">;

/**
 * What the overrides of an approval allow that is given under a policy: checks as {@link listAllowances} says, the freeze that there is,
 * and the windows that there are, each by its definition. What comes later is another one, and was shown to no one.
 */
export function bindOverrides(approved: ApprovedPlan, policy: Holds): readonly Allowance[] {
  const { overrides } = approved.approval;
  const holds = [nameFreeze(policy), nameWindows(policy.windows)];
  return [...listAllowances(approved), ...holds.filter(({ check }) => overrides.includes(check))];
}

/** Whether allowances lift the freeze that there is now, or all that the windows that there are now may hold. True for any other override. */
export function isBoundTo(allowances: readonly Allowance[], override: string, policy: Holds): boolean {
  const holds = [nameFreeze(policy), nameWindows(policy.windows)];
  return holds.every((hold) => hold.check !== override || isAllowed(allowances, hold));
}

/** A freeze, as overrides are bound to it. */
export function nameFreeze({ freeze }: Pick<Holds, "freeze">): ShownFailure {
  return { check: "freeze", addresses: [], concerns: freeze === null ? [] : [hashOf(freeze)] };
}

/** Windows, as overrides are bound to them. */
export function nameWindows(windows: readonly WindowConfig[]): ShownFailure {
  return { check: "window", addresses: [], concerns: windows.map(hashOf) };
}

/** What is allowed of the checks of a plan: neither a freeze nor a window is any of its matter. */
export function withoutHolds(allowances: readonly Allowance[]): readonly Allowance[] {
  return allowances.filter((allowance) => typeof allowance === "string" || !HOLDS.has(allowance.check));
}

const HOLDS: ReadonlySet<string> = new Set(["freeze", "window"]);

function hashOf(definition: object): string {
  const entries = Object.entries(definition).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex").slice(0, HASH_LENGTH);
}

/** Hex digits. */
const HASH_LENGTH = 32;
