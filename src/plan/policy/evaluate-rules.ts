import type { CelInput } from "@bufbuild/cel";
import type { RuleConfig } from "../../model/daemon/daemon-config.ts";
import { isAllowed } from "../../model/plan/is-allowed.ts";
import type { Allowance, Check, Plan } from "../../model/plan/plan.ts";
import { type CompiledRule, compileRule } from "./compile-rule.ts";

/**
 * How many values one rule may look at in any plan, and how many more for each change and step of it. That is about a second at
 * the most; one pass over everything takes a part of it.
 */
const BUDGET = { base: 100_000, entry: 8 } as const;

/**
 * The verdicts of custom rules over a plan, each a check `rule:NAME`. A rule whose expression can't be evaluated or costs too
 * much fails with any severity: what it guards against is unknown. Only what was allowed for the plan is overridden.
 */
export function evaluateRules(rules: readonly RuleConfig[], plan: Plan, target: string): readonly Check[] {
  if (rules.length === 0) return [];
  const variables = { plan: toCelInput(plan), target };
  const budget = BUDGET.base + BUDGET.entry * (plan.changes.length + plan.steps.length);
  return rules.map((rule) => letThrough(judge(rule, variables, budget), plan.options.allow));
}

function judge(rule: RuleConfig, variables: Readonly<Record<string, CelInput>>, budget: number): Check {
  const name = `rule:${rule.name}`;
  const result = run(rule, variables, budget);
  if (result === false) return { name, status: "pass", message: "", addresses: [] };
  if (result === true) return { name, status: rule.severity, message: rule.message, addresses: [] };
  const message = `Rule ${rule.name} could not be evaluated, so it counts as broken: ${result.error}. Correct its expression in the daemon's configuration, or allow ${name} for this plan.`;
  return { name, status: "fail", message, addresses: [] };
}

/** A failure that was allowed for this plan is shown as the planner's own checks are. */
function letThrough(check: Check, allow: readonly Allowance[]): Check {
  if (check.status !== "fail" || !isAllowed(allow, { check: check.name, addresses: check.addresses })) return check;
  return { ...check, status: "warn", message: `Allowed for this plan: ${check.message}`, allowed: true };
}

function run(rule: RuleConfig, variables: Readonly<Record<string, CelInput>>, budget: number) {
  try {
    return recall(rule)(variables, budget);
  } catch (error) {
    return { error: describe(error) };
  }
}

/** Compiled once for as long as the configuration holds the rule. */
const compiled = new WeakMap<RuleConfig, CompiledRule>();

function recall(rule: RuleConfig): CompiledRule {
  const known = compiled.get(rule);
  if (known !== undefined) return known;
  const fresh = compileRule(rule.when);
  compiled.set(rule, fresh);
  return fresh;
}

/** JSON as CEL takes it: whole numbers are `int`, so that `plan.summary.destroy + 1` has a meaning. */
function toCelInput(value: unknown): CelInput {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null) return value as CelInput;
  if (Array.isArray(value)) return value.map(toCelInput);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return new Map(fields.map(([key, field]) => [key, toCelInput(field)]));
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
