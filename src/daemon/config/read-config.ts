import { realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { createTextReader } from "../../manifests/folder/read-text.ts";
import { describeProblem } from "../../manifests/problems/describe-problem.ts";
import { compileSchema, findPointer } from "../../manifests/yaml/compile-schema.ts";
import { createLocators } from "../../manifests/yaml/locate-document.ts";
import { parseDocuments, type ReadDocument } from "../../manifests/yaml/parse-documents.ts";
import { growPointerTree, isWithin } from "../../manifests/yaml/pointer-tree.ts";
import { removeWrong } from "../../manifests/yaml/remove-wrong.ts";
import type { DaemonConfig } from "../../model/daemon/daemon-config.ts";
import { createDiagnostic } from "../../model/diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import { DIAGNOSTIC_CATALOGUE } from "../../model/diagnostics/diagnostic-catalogue.ts";
import { limitDiagnostics } from "../../model/diagnostics/limit-diagnostics.ts";
import { buildConfig } from "./build-config.ts";
import { checkConfig } from "./check-config.ts";
import type { Environment } from "./check-config-references.ts";
import type { ConfigFile, Draft } from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";
import { CONFIG_SCHEMA } from "./config-schema.ts";
import { explainConfigErrors } from "./explain-config-errors.ts";

/** What a configuration file holds, and what is wrong with it. */
export interface ConfigRead {
  /** Null where there is an error. */
  readonly config: DaemonConfig | null;
  /** In the order of the file. No secret is in them, nor what stands where a secret would. */
  readonly diagnostics: readonly Diagnostic[];
}

const MAX_BYTES = 1_000_000;
const checkSchema = compileSchema(CONFIG_SCHEMA);
const WHOLE: ReadDocument = {
  ...{ part: { text: "", linesBefore: 0 }, index: 0 },
  ...{ line: 1, value: null, problems: [], doubtful: [] },
};

/**
 * Reads the daemon's configuration and checks it by YAML, schema and rules, reporting all errors together. A file that can't be read is a
 * diagnostic too. Whether variables are set is looked up in `env` (default: those of this process).
 */
export function readConfig(path: string, env: Environment = process.env): ConfigRead {
  const read = createTextReader(MAX_BYTES)(followLinks(path), path);
  if (!read.ok) {
    const detail = "Pass the daemon's configuration file, and make it readable for this user.";
    return { config: null, diagnostics: [{ ...read.diagnostic, detail }] };
  }
  return parseConfig(read.text, path, env);
}

/** The operator may link to it. What can't be followed can't be read either. */
function followLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The same for a text; `path` says where it is from, and paths in it are below the folder of that. */
export function parseConfig(text: string, path: string, env: Environment): ConfigRead {
  const { documents, broken } = parseDocuments(text);
  const problems = broken.flatMap((part) => part.problems.map((problem) => describeProblem(problem, path, null)));
  const [document = WHOLE, second] = documents.filter(({ value }) => value !== null && value !== undefined);
  if (problems.length > 0) return { config: null, diagnostics: limitDiagnostics(problems) };
  if (second !== undefined) return reject("config-several-documents", path, second.line);
  if (typeof document.value !== "object" || document.value === null || Array.isArray(document.value)) {
    return document === WHOLE ? reject("config-no-target", path, 1) : reject("not-a-mapping", path, document.line);
  }
  return checkDocument(document, document.value, path, env);
}

function checkDocument(document: ReadDocument, value: object, path: string, env: Environment): ConfigRead {
  const folder = dirname(resolve(path));
  const before = new Set(document.doubtful.filter((pointer) => pointer !== ""));
  const beforeTree = growPointerTree(before);
  const errors = checkSchema(value).filter((error) => !isWithin(beforeTree, findPointer(error)));
  const wrong = new Set([...errors.map(findPointer), ...before]);
  const mappings = errors.filter(({ keyword }) => keyword === "additionalProperties");
  const rest: Draft<ConfigFile> = trustDraft(removeWrong(value, growPointerTree(wrong)));
  const doubtful = new Set([...wrong, ...mappings.map(({ instancePath }) => instancePath)]);
  const findings = [...explainConfigErrors(errors), ...checkConfig(rest, { folder, env, doubtful })];
  const locate = createLocators()(document);
  const diagnostics = limitDiagnostics([
    ...document.problems.map((problem) => describeProblem(problem, path, null)),
    ...findings.map((finding) => toDiagnostic(finding, path, locate(finding.path, finding.part ?? "value"))),
  ]);
  const isValid = diagnostics.every(({ severity }) => severity === "warning");
  return { config: isValid ? buildConfig(trustFile(value), folder) : null, diagnostics };
}

/** The schema has vouched for what is left, and what it did not vouch for is gone. */
function trustDraft(value: unknown): Draft<ConfigFile> {
  return (value ?? {}) as Draft<ConfigFile>;
}

/** The schema has vouched for all of it. */
function trustFile(value: object): ConfigFile {
  return value as ConfigFile;
}

function toDiagnostic(finding: ConfigFinding, file: string, place: { readonly line: number; readonly column: number }) {
  const { code, summary, detail = DIAGNOSTIC_CATALOGUE[code].remedy } = finding;
  return createDiagnostic(code, { summary, detail, file, ...place });
}

function reject(
  code: "config-several-documents" | "config-no-target" | "not-a-mapping",
  file: string,
  line: number,
): ConfigRead {
  const { summary, remedy } = DIAGNOSTIC_CATALOGUE[code];
  const detail = code === "not-a-mapping" ? "Start with `targets:`; examples/poolkeeper.yaml shows the rest." : remedy;
  return { config: null, diagnostics: [createDiagnostic(code, { summary, detail, file, line })] };
}
