import { compileSchema } from "../../manifests/yaml/compile-schema.ts";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { PlanKey } from "../saved-plan/plan-key.ts";
import { MOST_PLAN_BYTES, parsePlanFile } from "../saved-plan/read-plan-file.ts";
import { readBounded } from "./read-bounded.ts";

/** What a command has found out and left in a file. */
export type Result =
  | { readonly kind: "planned"; readonly plan: Plan }
  | { readonly kind: "checked"; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

const MOST_DIAGNOSTICS = 10_000;

const line = { type: "string", maxLength: 4000, pattern: "^[^\\p{Cc}]*$" };
const words = { type: "string", maxLength: 20_000 };
const place = { type: "integer", minimum: 1, maximum: 1_000_000_000 };

const checkDiagnostics = compileSchema({
  ...object({
    diagnostics: {
      type: "array",
      maxItems: MOST_DIAGNOSTICS,
      items: object({
        severity: { enum: ["error", "warning"] },
        code: { type: "string", pattern: "^[a-z][a-z0-9-]{0,99}$" },
        summary: words,
        detail: words,
        // A file may have any name; where it is shown, control characters are not.
        file: { type: "string", maxLength: 4096 },
        line: place,
        column: place,
        address: { ...line, type: ["string", "null"] },
      }),
    },
  }),
});

const checkError = compileSchema(
  object({ error: object({ code: { type: "string", pattern: "^[a-z][a-z0-9_]{0,99}$" }, message: words }) }),
);

/** How a result is read. */
export interface ReadResultOptions {
  /** Its writer is not trusted: links are refused. */
  readonly untrusted: boolean;
  /** A plan has to be authenticated by it; null: anybody's is taken. */
  readonly key: PlanKey | null;
}

/**
 * Reads what `plan --out` has saved, or what `plan --json` or `validate --json` has printed: a plan, what is wrong with the manifests, or
 * why there is neither. The result has that shape, even of a forged file. Throws an OperationalError that says why the file is none, and a
 * StalePlanError for a plan that is damaged.
 */
export function readResultFile(file: string, { untrusted, key }: ReadResultOptions): Result {
  const text = readBounded(file, { most: MOST_PLAN_BYTES, untrusted });
  const value = parse(text);
  if (isDiagnostics(value)) return { kind: "checked", diagnostics: value.diagnostics };
  if (isError(value)) return { kind: "failed", ...value.error };
  if (names(value, "diagnostics") || names(value, "error")) {
    const message = `${file} is not an output of plan --json or validate --json. Create it again.`;
    throw new OperationalError("not_a_result", message, { next: "stop" });
  }
  return { kind: "planned", plan: parsePlanFile(file, text, key).plan };
}

/** The reader of plans reports what is not JSON. */
function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

function names(value: unknown, field: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, field);
}

function isDiagnostics(value: unknown): value is { readonly diagnostics: readonly Diagnostic[] } {
  return names(value, "diagnostics") && checkDiagnostics(value).length === 0;
}

function isError(value: unknown): value is { readonly error: { readonly code: string; readonly message: string } } {
  return names(value, "error") && checkError(value).length === 0;
}

function object(properties: Readonly<Record<string, object>>) {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}
