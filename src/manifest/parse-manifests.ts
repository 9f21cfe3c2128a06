import { formatAddress, type Kind, NAME_PATTERN } from "../model/address.ts";
import type { Claim } from "../model/claim.ts";
import { createDiagnostic } from "../model/create-diagnostic.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { DiagnosticCode } from "../model/diagnostic-catalogue.ts";
import { describeRest, MAX_DIAGNOSTICS } from "../model/limit-diagnostics.ts";
import type { Manifest, ManifestFile } from "../model/manifest.ts";
import type { Locate } from "../model/position.ts";
import { createSuggestNearest, type SuggestNearest } from "../model/suggest-nearest.ts";
import type { SchemaError } from "../yaml/compile-schema.ts";
import type { YamlProblem } from "../yaml/find-yaml-problems.ts";
import { type CreateLocate, createLocators } from "../yaml/locate-document.ts";
import { type ParsedDocument, parseDocuments } from "../yaml/parse-documents.ts";
import { checkBody } from "./check-body.ts";
import { ALL_KIND_NAMES, detectKind } from "./detect-kind.ts";
import { explainSchemaError } from "./explain-schema-error.ts";
import { guessClaims } from "./guess-claims.ts";

/** Most mistakes of one document that are listed. */
const MAX_PER_DOCUMENT = 20;

/** What the files hold: valid manifests in the order of the files, the names that wrong documents take, and what is wrong. */
export interface ParsedManifests {
  readonly manifests: readonly Manifest[];
  readonly claims: readonly Claim[];
  /** In the order of the files. A little more than what a run lists at most; the rest is not built, to bound memory. */
  readonly diagnostics: readonly Diagnostic[];
}

interface Parsing {
  readonly manifests: Manifest[];
  readonly claims: Claim[];
  readonly diagnostics: Diagnostic[];
  readonly suggest: SuggestNearest;
  readonly createLocate: CreateLocate;
}

/**
 * Reads manifests from texts: YAML, kind, schema. Pure; bad text never throws. Documents that are wrong give diagnostics with
 * their place and no manifest; empty documents give nothing.
 */
export function parseManifests(files: readonly ManifestFile[]): ParsedManifests {
  const parsing: Parsing = {
    manifests: [],
    claims: [],
    diagnostics: [],
    suggest: createSuggestNearest(),
    createLocate: createLocators(),
  };
  for (const file of files) parseFile(file, parsing);
  const { manifests, claims, diagnostics } = parsing;
  return { manifests, claims, diagnostics };
}

function parseFile(file: ManifestFile, parsing: Parsing): void {
  const { documents, problems } = parseDocuments(file.text);
  for (const document of documents) parseDocument(file, document, parsing);
  if (problems.length === 0) return;
  parsing.claims.push(...guessClaims(file));
  addDiagnostics(
    parsing,
    problems.map((problem) => describeProblem(problem, file.path)),
  );
}

function parseDocument(file: ManifestFile, document: ParsedDocument, parsing: Parsing): void {
  const { value } = document;
  if (value === null || value === undefined) return;
  const place = { file: file.path, line: document.line };
  if (typeof value !== "object" || Array.isArray(value)) {
    const found = Array.isArray(value) ? "a list" : "a single value";
    addDiagnostics(parsing, [
      createDiagnostic("not-a-mapping", { ...place, summary: `The document is ${found}, not a set of fields` }),
    ]);
    return;
  }
  const locate = parsing.createLocate(file.text, document.index);
  const kind = findKind(value, place, locate, parsing);
  if (kind === undefined) return;
  const checked = checkBody(kind, value, { source: place, locate });
  if (checked.valid) parsing.manifests.push(checked.manifest);
  else rejectBody(kind, value, checked.errors, { file: file.path, locate }, parsing);
}

function findKind(
  body: object,
  place: { file: string; line: number },
  locate: Locate,
  parsing: Parsing,
): Kind | undefined {
  const declared: unknown = "kind" in body ? body.kind : undefined;
  const detected = detectKind(declared, place.file);
  const at = declared === undefined ? place : { file: place.file, ...locate(["kind"]) };
  const add = (code: DiagnosticCode, summary: string, detail?: string) =>
    addDiagnostics(parsing, [createDiagnostic(code, { ...at, summary, ...(detail === undefined ? {} : { detail }) })]);
  switch (detected.found) {
    case "kind":
      return detected.kind;
    case "nothing":
      add("missing-kind", "The document names no kind, and neither does its folder");
      return undefined;
    case "not-text":
      add("wrong-type", 'Field "kind" must be text', "Write ClusterPool, Cluster or Queue.");
      return undefined;
    case "unsupported":
      add("kind-not-supported", `Kind ${detected.name} is not supported by this version`);
      return undefined;
    case "unknown": {
      const meant = parsing.suggest(detected.name, ALL_KIND_NAMES);
      const shown = JSON.stringify(detected.name.slice(0, 80));
      add("unknown-kind", `Unknown kind ${shown}${meant === undefined ? "" : `; did you mean "${meant}"?`}`);
      return undefined;
    }
  }
}

function rejectBody(
  kind: Kind,
  body: object,
  errors: readonly SchemaError[],
  place: { readonly file: string; readonly locate: Locate },
  parsing: Parsing,
): void {
  const name = readName(body);
  if (name !== undefined) parsing.claims.push({ kind, name, members: readMembers(kind, body) });
  if (parsing.diagnostics.length > MAX_DIAGNOSTICS) return;
  const found = errors.slice(0, MAX_PER_DOCUMENT * 2).flatMap((error) => {
    const explained = explainSchemaError(error, parsing.suggest);
    if (explained === undefined) return [];
    const { code, summary, detail, path, part } = explained;
    return createDiagnostic(code, {
      summary,
      ...(detail === undefined ? {} : { detail }),
      file: place.file,
      ...place.locate(path, part),
      address: name === undefined ? null : formatAddress(kind, name),
    });
  });
  addDiagnostics(parsing, found);
}

function describeProblem(problem: YamlProblem, file: string): Diagnostic {
  return createDiagnostic(problem.code, {
    summary: PROBLEM_TEXT[problem.code](problem.reason),
    file,
    line: problem.line,
    column: problem.column,
  });
}

const PROBLEM_TEXT: Readonly<Record<YamlProblem["code"], (reason: string) => string>> = {
  "yaml-syntax": (reason) => `Not YAML: ${reason}`,
  "yaml-tab": () => "A tab is used for indentation",
  "yaml-tag": (reason) => `Not plain data: ${reason}`,
  "yaml-too-deep": () => "Collections are nested more than 100 deep",
  "yaml-too-many-values": (reason) => `The file holds ${reason} keys and values, more than 100,000`,
  "yaml-alias": (reason) => `Alias "*${reason.slice(0, 80)}" is not allowed`,
  "yaml-duplicate-key": (reason) => `Key ${JSON.stringify(reason.slice(0, 80))} is written twice`,
};

/** Adds what one document has, up to its share; once more than a run lists is there, nothing is added. */
function addDiagnostics(parsing: Parsing, found: readonly Diagnostic[]): void {
  if (parsing.diagnostics.length > MAX_DIAGNOSTICS) return;
  const kept = found.slice(0, MAX_PER_DOCUMENT);
  parsing.diagnostics.push(...kept);
  const last = kept.at(-1);
  if (found.length > kept.length && last !== undefined) {
    parsing.diagnostics.push(describeRest(last, `${MAX_PER_DOCUMENT} mistakes of this document`));
  }
}

function readName(body: object): string | undefined {
  const name: unknown = "name" in body ? body.name : undefined;
  return typeof name === "string" && NAME_PATTERN.test(name) ? name : undefined;
}

function readMembers(kind: Kind, body: object): readonly string[] {
  if (kind !== "cluster_pool" || !("member_clusters" in body) || !Array.isArray(body.member_clusters)) return [];
  return body.member_clusters.filter((member) => typeof member === "string");
}
