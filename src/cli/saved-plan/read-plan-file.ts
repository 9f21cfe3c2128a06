import { readFileSync, statSync } from "node:fs";
import { compileSchema } from "../../manifests/yaml/compile-schema.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { PLAN_FORMAT, type Plan } from "../../model/plan/plan.ts";
import { canonicalJson } from "../../plan/compare/digest-plan.ts";
import { StalePlanError } from "../../reconcile/stale-plan-error.ts";
import { checksumOf } from "./format-plan.ts";
import { INPUT_DEFINITIONS, INPUTS_SCHEMA } from "./inputs-schema.ts";
import type { PlanKey } from "./plan-key.ts";
import { PLAN_FIELDS } from "./plan-schema.ts";
import type { PlanFile, PlanInputs } from "./saved-plan.ts";

/** The format of plan files that this version writes and reads. */

/** Most bytes of a plan file, as many as the manifests of a folder may have. A plan for 10,000 objects has a tenth of that. */
export const MOST_PLAN_BYTES = 256_000_000;

/** Far more than a plan has, and far less than what would use up the stack. */
const MOST_LEVELS = 110;

const checkShape = compileSchema({
  type: "object",
  additionalProperties: false,
  required: [...Object.keys(PLAN_FIELDS), "checksum"],
  properties: {
    ...PLAN_FIELDS,
    inputs: INPUTS_SCHEMA,
    made_by: { type: "string", pattern: "^[\\w.+-]{1,40}$" },
    ...{ checksum: { type: "string" }, mac: { type: "string" } },
  },
  dependentRequired: { inputs: ["made_by"], made_by: ["inputs"] },
  $defs: INPUT_DEFINITIONS,
});

const HOW_TO_SAVE = "Save a plan with poolkeeper plan DIR --out FILE.";

/** A plan file as JSON has it, once its shape is checked. */
interface PlanDocument extends Plan {
  readonly inputs?: PlanInputs;
  readonly made_by?: string;
  readonly checksum: string;
  readonly mac?: string;
}

/**
 * Reads a plan file. The result has the shape of a plan and of inputs, even of a forged file; with a plan key, a holder of the key wrote
 * it. Throws an OperationalError that says why the file is none, `plan_not_authentic` where the key does not verify it, and a
 * StalePlanError where it is damaged.
 */
export function readPlanFile(file: string, key: PlanKey | null): PlanFile {
  return parsePlanFile(file, readText(file), key);
}

/** The same for the text of a file; `file` is its name in messages. */
export function parsePlanFile(file: string, text: string, key: PlanKey | null): PlanFile {
  const document = parse(file, text);
  refuseOtherFormat(file, document);
  const content = verify(file, document, key);
  if (!isPlanDocument(document)) throw notAPlan(file, describeFault(document));
  refuseDisorder(file, document);
  const { inputs, made_by, checksum: _checksum, mac, ...plan } = document;
  return {
    ...{ plan, inputs: inputs ?? null, made_by: made_by ?? null, authenticated: key !== null },
    isSignedBy: (other) => mac !== undefined && other.verify(content, mac),
  };
}

function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > MOST_PLAN_BYTES) {
      throw notAPlan(file, `it has ${size} bytes, and more than ${MOST_PLAN_BYTES} are not read`);
    }
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (cause instanceof OperationalError) throw cause;
    throw new OperationalError("plan_unreadable", `${file}: ${explainUnreadable(cause)}. ${HOW_TO_SAVE}`, {
      next: "stop",
      cause,
    });
  }
}

function explainUnreadable(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT") return "file not found";
  if (code === "EISDIR") return "it is a folder, not a saved plan";
  if (code === "EACCES") return "permission denied";
  return cause instanceof Error ? cause.message : String(cause);
}

function parse(file: string, text: string): Readonly<Record<string, unknown>> {
  const value = parseJson(file, text);
  if (typeof value === "object" && value !== null && "format_version" in value) return { ...value };
  throw notAPlan(file, "it lacks required fields");
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const start = text.trimStart();
    if (start === "") throw notAPlan(file, "it is empty");
    if (start.startsWith("{")) throw notAPlan(file, "its JSON is damaged or truncated");
    throw notAPlan(file, "it is not JSON (manifests are planned and applied by their folder)");
  }
}

/** A plan of another format is one all the same, for another version of poolkeeper. */
function refuseOtherFormat(file: string, { format_version: version }: Readonly<Record<string, unknown>>): void {
  if (version === PLAN_FORMAT) return;
  const named = typeof version === "string" && /^[\w.-]{1,20}$/.test(version) ? ` (${version})` : "";
  const message = `${file} is a plan of an unsupported format${named}: this version of poolkeeper reads ${PLAN_FORMAT}. Plan again with it.`;
  throw new OperationalError("plan_format_unknown", message, { next: "stop" });
}

/** The content that a code is of. The key is checked first: what its holder did not write is not parsed. */
function verify(file: string, document: Readonly<Record<string, unknown>>, key: PlanKey | null): string {
  if (isDeeperThan(MOST_LEVELS, document)) throw notAPlan(file, `it is nested more than ${MOST_LEVELS} levels deep`);
  const { checksum, mac, ...rest } = document;
  const content = canonicalJson(rest);
  if (key !== null) authenticate(file, content, mac, key);
  if (checksumOf(content) !== checksum) {
    throw new StalePlanError(`The plan in ${file} was altered or damaged after it was saved. Plan again.`);
  }
  return content;
}

function authenticate(file: string, content: string, mac: unknown, key: PlanKey): void {
  if (typeof mac === "string" && key.verify(content, mac)) return;
  const reason =
    mac === undefined
      ? "it was saved without a plan key. Plan again with --plan-key-file or POOLKEEPER_PLAN_KEY"
      : "it was altered, or saved with another plan key. Plan again with the key that it is applied with";
  throw new OperationalError("plan_not_authentic", `${file} is not authenticated by the plan key: ${reason}.`, {
    next: "stop",
  });
}

function isDeeperThan(most: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return most === 0 || Object.values(value).some((inner) => isDeeperThan(most - 1, inner));
}

function isPlanDocument(value: unknown): value is PlanDocument {
  return checkShape(value).length === 0;
}

/** Which part is wrong: the whole that does not fit says more than each field that another variant would have. */
function describeFault(value: unknown): string {
  const [first, ...others] = checkShape(value);
  const shortest = others.reduce(
    (short, error) => (error.instancePath.length < (short?.instancePath.length ?? 0) ? error : short),
    first,
  );
  const place = shortest?.instancePath ?? "";
  if (place !== "") return `${place.slice(1).replaceAll("/", ".")} is not valid in a plan`;
  return shortest?.keyword === "additionalProperties" ? "it has an unknown field" : "it lacks required fields";
}

/** A step that waits for one that never comes, or for itself, would never be done. */
function refuseDisorder(file: string, { steps }: Plan): void {
  const seen = new Set<string>();
  for (const { id, after } of steps) {
    if (seen.has(id) || after.some((before) => !seen.has(before))) {
      throw notAPlan(file, `step ${id} is a duplicate or comes before one that it depends on`);
    }
    seen.add(id);
  }
}

function notAPlan(file: string, reason: string): OperationalError {
  return new OperationalError("not_a_plan", `${file} is not a saved plan: ${reason}. ${HOW_TO_SAVE}`, { next: "stop" });
}
