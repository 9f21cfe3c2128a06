import { createHash } from "node:crypto";
import packageJson from "../../../package.json" with { type: "json" };
import type { Plan } from "../../model/plan/plan.ts";
import { canonicalJson } from "../../plan/compare/digest-plan.ts";
import type { PlanKey } from "./plan-key.ts";
import type { PlanInputs } from "./saved-plan.ts";

/** The document that `plan --json` prints: the plan, with a checksum, and with a code where there is a plan key. */
export function formatPlan(plan: Plan, key: PlanKey | null): string {
  return format(plan, key);
}

/** The document that `plan --out` saves: the same, with what the plan was computed from. */
export function formatSavedPlan(plan: Plan, inputs: PlanInputs, key: PlanKey | null): string {
  return format({ ...plan, made_by: packageJson.version, inputs }, key);
}

/** The checksum of a document's canonical content: against damage alone, for anybody can compute it. */
export function checksumOf(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}

function format(document: object, key: PlanKey | null): string {
  const content = canonicalJson(document);
  const code = key === null ? {} : { mac: key.sign(content) };
  return `${JSON.stringify({ ...document, checksum: checksumOf(content), ...code }, undefined, 2)}\n`;
}
