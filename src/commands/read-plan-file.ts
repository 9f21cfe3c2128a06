import { readFileSync } from "node:fs";
import { OperationalError } from "../model/operational-error.ts";
import type { Plan } from "../model/plan.ts";
import { hashJson } from "../plan/digest-plan.ts";
import { compileSchema } from "../yaml/compile-schema.ts";
import { PLAN_SHAPE } from "./plan-shape.ts";

/** A saved plan that can't be applied any more; exit code 5. */
export class StalePlanError extends OperationalError {
  constructor(message: string) {
    super("stale_plan", message, { next: "stop" });
    this.name = "StalePlanError";
  }
}

/** The format of saved plans that this version writes and reads. */
const FORMAT = "1.0";

const checkShape = compileSchema(PLAN_SHAPE);

const HOW_TO_SAVE = "Save a plan with poolkeeper plan DIR --out FILE.";

/**
 * Reads a saved plan. What it gives has the shape of one: whoever wrote the file, nothing that uses it trips over it. Throws an
 * OperationalError that says why the file is none, and a StalePlanError when it was altered since it was saved.
 */
export function readPlanFile(file: string): Plan {
  const value = parse(file, readText(file));
  refuseUnsealed(file, value);
  if (!isPlan(value)) throw notAPlan(file, describeFault(value));
  refuseDisorder(file, value);
  return value;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new OperationalError("plan_unreadable", `${file}: ${explainUnreadable(cause)}. ${HOW_TO_SAVE}`, {
      next: "stop",
      cause,
    });
  }
}

function explainUnreadable(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder, not a saved plan";
  if (code === "EACCES") return "this user may not read it";
  return cause instanceof Error ? cause.message : String(cause);
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const start = text.trimStart();
    if (start === "") throw notAPlan(file, "it is empty");
    if (start.startsWith("{")) throw notAPlan(file, "its JSON is broken or cut short");
    throw notAPlan(file, "it is not JSON (manifests are planned and applied by their folder)");
  }
}

/** A plan of another format is one all the same, for another version of poolkeeper. */
function refuseUnsealed(file: string, value: unknown): void {
  if (typeof value !== "object" || value === null || !("format_version" in value)) {
    throw notAPlan(file, "it lacks what every plan has");
  }
  const { seal, ...content }: { readonly seal?: unknown; readonly format_version: unknown } = value;
  const version = content.format_version;
  if (version !== FORMAT) {
    const named = typeof version === "string" && /^[\w.-]{1,20}$/.test(version) ? ` (${version})` : "";
    const message = `${file} is a plan of another format${named}: this version of poolkeeper reads ${FORMAT}. Plan again with it.`;
    throw new OperationalError("plan_format_unknown", message, { next: "stop" });
  }
  if (isDeeperThan(MOST_LEVELS, value)) throw notAPlan(file, `it is nested more than ${MOST_LEVELS} levels deep`);
  if (hashJson(content) !== seal)
    throw new StalePlanError(`The plan in ${file} was altered after it was saved. Plan again.`);
}

/** Far more than a plan has, and far less than what would use up the stack. */
const MOST_LEVELS = 100;

function isDeeperThan(most: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return most === 0 || Object.values(value).some((inner) => isDeeperThan(most - 1, inner));
}

function isPlan(value: unknown): value is Plan {
  return checkShape(value).length === 0;
}

/** Which part is wrong: the whole that does not fit says more than each field that another variant would have. */
function describeFault(value: unknown): string {
  const paths = checkShape(value).map(({ instancePath }) => instancePath);
  const place = paths.reduce((short, path) => (path.length < short.length ? path : short), paths[0] ?? "");
  if (place === "") return "it lacks fields that every plan has";
  return `${place.slice(1).replaceAll("/", ".")} is not what it would be in a plan`;
}

/** A step that waits for one that never comes, or for itself, would never be done. */
function refuseDisorder(file: string, { steps }: Plan): void {
  const seen = new Set<string>();
  for (const { id, after } of steps) {
    if (seen.has(id) || after.some((before) => !seen.has(before))) {
      throw notAPlan(file, `step ${id} is there twice or comes before one that it depends on`);
    }
    seen.add(id);
  }
}

function notAPlan(file: string, reason: string): OperationalError {
  return new OperationalError("not_a_plan", `${file} is no saved plan: ${reason}. ${HOW_TO_SAVE}`, { next: "stop" });
}
