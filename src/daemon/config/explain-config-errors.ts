import { explainSchemaErrors } from "../../manifests/problems/explain-schema-errors.ts";
import { type ExplainedError, readPath } from "../../manifests/problems/explained-error.ts";
import { formatPath } from "../../manifests/problems/format-value.ts";
import { CODE_KEYWORD, type SchemaError } from "../../manifests/yaml/compile-schema.ts";
import { CONFIG_CATALOGUE } from "../../model/diagnostics/config-catalogue.ts";
import { createSuggestNearest } from "../../model/text/suggest-nearest.ts";
import type { ConfigFinding } from "./config-finding.ts";

/**
 * Says what the schema errors of a configuration mean, as for manifests, but never repeats text that stands where none belongs:
 * it may be a secret.
 */
export function explainConfigErrors(errors: readonly SchemaError[]): readonly ConfigFinding[] {
  const own = errors.map((error) => explainOwn(error));
  const others = errors.filter((_error, index) => own[index] === undefined);
  return [
    ...own.filter((finding) => finding !== undefined),
    ...explainSchemaErrors(others, createSuggestNearest()).map(toFinding),
  ];
}

/** Undefined for what is explained as in a manifest. */
function explainOwn(error: SchemaError): ConfigFinding | undefined {
  const path = readPath(error);
  const field = `Field "${formatPath(path)}"`;
  const code = findOwnCode(error);
  if (code === "config-literal-secret") return explainSecret(error);
  if (error.keyword === "type" && typeof error.data === "string" && wantsFields(error)) {
    const wanted = error.params.type === "array" ? "a list" : "a set of fields";
    return { code: "wrong-type", path, summary: `${field} must be ${wanted}, not text`, detail: describe(error) };
  }
  if (code === undefined) return undefined;
  return { code, path, summary: `${field}: ${CONFIG_CATALOGUE[code].summary.toLowerCase()}` };
}

/** An unknown field of a reference is explained as any other, for its name is no secret; so is nothing at all. */
function explainSecret(error: SchemaError): ConfigFinding | undefined {
  if (error.keyword === "additionalProperties" || error.data === null) return undefined;
  const path = readPath(error);
  const field = `Field "${formatPath(path)}"`;
  const isName = path.at(-1) === "env";
  return {
    code: "config-literal-secret",
    path,
    summary: isName ? `${field} is not the name of a variable` : `${field} must refer to a secret, not hold it`,
    ...(isName && {
      detail: `Names of variables are upper-case letters, digits and underscores. ${CONFIG_CATALOGUE["config-literal-secret"].remedy}`,
    }),
  };
}

function wantsFields({ params }: SchemaError): boolean {
  const wanted = [params.type].flat().map(String);
  return !wanted.includes("string") && (wanted.includes("object") || wanted.includes("array"));
}

type ConfigCode = keyof typeof CONFIG_CATALOGUE;

function findOwnCode({ parentSchema }: SchemaError): ConfigCode | undefined {
  const own: unknown = parentSchema?.[CODE_KEYWORD];
  return isConfigCode(own) ? own : undefined;
}

function isConfigCode(code: unknown): code is ConfigCode {
  return typeof code === "string" && code in CONFIG_CATALOGUE;
}

function describe({ parentSchema }: SchemaError): string {
  return String(parentSchema?.description ?? "Write the fields that belong there.");
}

function toFinding({ code, path, part, summary, detail }: ExplainedError): ConfigFinding {
  const better = code === "bad-duration" ? "Write a whole number and a unit: 30s, 5m, 2h, 90d." : detail;
  return { code, path, part, summary, ...(better !== undefined && { detail: better }) };
}
