import { KIND_DEFINITIONS, KINDS, type Kind } from "../kinds/registry.ts";
import { type Address, formatAddress } from "../model/address.ts";
import { createDiagnostic } from "../model/diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../model/diagnostics/diagnostic.ts";
import { DIAGNOSTIC_CATALOGUE } from "../model/diagnostics/diagnostic-catalogue.ts";
import { describeRest, MAX_DIAGNOSTICS } from "../model/diagnostics/limit-diagnostics.ts";
import type { Locate } from "../model/diagnostics/position.ts";
import type { Manifest, ManifestFile } from "../model/objects/manifest.ts";
import { maskPath } from "../model/secrets/mask-credentials.ts";
import { createSuggestNearest, type SuggestNearest } from "../model/text/suggest-nearest.ts";
import { type CheckedBody, checkBody } from "./check-body.ts";
import type { Claim } from "./desired/claim.ts";
import { describeUnseen, findOwnSensitive } from "./desired/find-own-sensitive.ts";
import { type DetectedKind, detectKind, listPossibleKinds } from "./detect-kind.ts";
import { readFileName } from "./folder/read-file-name.ts";
import { claimAnyName, collectTexts, collectWords, findWord, guessClaims } from "./guess-claims.ts";
import { measureLines, measureValues } from "./measure-values.ts";
import { nameObject, UNKNOWN_ORG } from "./name-object.ts";
import type { ParseCache } from "./parse-cache.ts";
import { describeProblem } from "./problems/describe-problem.ts";
import { explainSchemaErrors } from "./problems/explain-schema-errors.ts";
import type { SchemaError } from "./yaml/compile-schema.ts";
import { createLocators } from "./yaml/locate-document.ts";
import { type BrokenDocument, parseDocuments, type ReadDocument } from "./yaml/parse-documents.ts";

/** Most mistakes of one document that are listed. */
const MAX_PER_DOCUMENT = 20;
/** Most objects of one folder; past it, reading stops with a diagnostic. */
const MAX_MANIFESTS = 250_000;
/**
 * Most values of one folder, as {@link measureValues} counts them; past it, reading stops with a diagnostic. A daemon takes all of them from one
 * process to another and back with each look, which stops all else for that time. It is enough for 250,000 objects of some fields.
 */
const MAX_VALUES = 2_000_000;
/** Most of the files that are delivered, and lines of other texts: each is compared, shown, and remembered with what was decided about it. */
const MAX_DELIVERED = 200_000;
/** Most characters of one document times patterns over them. Matching these takes a fifth of a second. */
const MOST_MATCHING = 50_000_000;
/** What an address may show as a name, although the rule for names is narrower. Workflows have blanks in their names. */
const READABLE_NAME = /^[\p{L}\p{N}\p{M}\p{P}\p{S} ]{1,512}$/u;

/** What the files hold: manifests in the order of the files, names that documents may declare beside them, and what is wrong. */
export interface ParsedManifests {
  readonly manifests: readonly Manifest[];
  readonly claims: readonly Claim[];
  /** In the order of the files. A little more than what a run lists at most; the rest is not built, to bound memory. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Options of parsing. */
export interface ParseOptions {
  /** The organization that settings without a domain are of. Default: the word `ORG`. */
  readonly org?: string;
  readonly maxManifests?: number;
  readonly maxValues?: number;
  /** Of Flyte's clusters. */
  readonly maxDelivered?: number;
  /** What was parsed before; texts in it are not parsed again. The answer is the same with and without. */
  readonly cache?: ParseCache;
}

interface Parsing {
  readonly org: string;
  readonly manifests: Manifest[];
  readonly claims: Claim[];
  readonly diagnostics: Diagnostic[];
  readonly suggest: SuggestNearest;
  /** Values of the manifests, as they are counted. */
  values: number;
  /** Those of Flyte's clusters, and lines of the texts of others. */
  delivered: number;
}

/** A document whose values were read; its locator gives their positions. */
type Document = Pick<ReadDocument, "value" | "line" | "problems" | "doubtful"> & Pick<Manifest, "written">;

/** A document that was parsed before, with its place. */
export interface KeptDocument {
  readonly file: string;
  readonly line: number;
  readonly body: object;
}

/**
 * Reads manifests from documents that were parsed before, with the checks of {@link parseManifests}: the answer is the same as for the
 * texts that they come from, except for the positions of diagnostics, which are those of the documents.
 */
export function checkDocuments(
  documents: readonly KeptDocument[],
  { org = UNKNOWN_ORG, ...limits }: Omit<ParseOptions, "cache"> = {},
): ParsedManifests {
  const parsing = startParsing(org);
  for (const { file, line, body } of documents) {
    if (!hasRoom(parsing, limits, file)) break;
    const document = { value: body, line, problems: [], doubtful: [], written: null };
    parseDocument(file, document, () => ({ line, column: 1 }), parsing);
  }
  return finish(parsing);
}

/**
 * Reads manifests from texts: YAML, kind, schema. Pure; bad text never throws. An invalid document gives diagnostics with their place, and
 * a manifest of its valid parts; where not even kind and name are known, it gives claims. Empty documents give nothing.
 */
export function parseManifests(files: readonly ManifestFile[], options: ParseOptions = {}): ParsedManifests {
  const reader = openReader(options);
  for (const file of files) if (!reader.read(file)) break;
  return finish(reader.parsing);
}

/** Reads file by file. `read` says whether another one may follow. */
function openReader({ org = UNKNOWN_ORG, cache, ...limits }: ParseOptions) {
  const parsing = startParsing(org);
  const createLocate = createLocators();
  const read = (file: ManifestFile): boolean => {
    if (!hasRoom(parsing, limits, file.path)) return false;
    const known = cache?.find(file, org);
    if (known !== undefined) for (const manifest of known) addManifest(parsing, manifest);
    else parseFile(file, createLocate, parsing, (manifests) => cache?.keep(file, org, manifests));
    return true;
  };
  return { parsing, read };
}

function startParsing(org: string): Parsing {
  return { org, manifests: [], claims: [], diagnostics: [], suggest: createSuggestNearest(), values: 0, delivered: 0 };
}

function finish({ manifests, claims, diagnostics }: Parsing): ParsedManifests {
  return { manifests, claims, diagnostics };
}

type Limits = Pick<ParseOptions, "maxManifests" | "maxValues" | "maxDelivered">;

/** Whether another file may be read. Where not, that is reported, and what it may declare is claimed. */
function hasRoom(
  { manifests, values, delivered, diagnostics, claims }: Parsing,
  { maxManifests = MAX_MANIFESTS, maxValues = MAX_VALUES, maxDelivered = MAX_DELIVERED }: Limits,
  file: string,
): boolean {
  const tooMany = [
    ...(manifests.length >= maxManifests ? [`${maxManifests} objects`] : []),
    ...(values > maxValues ? [`${maxValues} values`] : []),
    ...(delivered > maxDelivered ? [`${maxDelivered} values of FlyteClusters and lines of texts`] : []),
  ];
  if (tooMany.length === 0) return true;
  const summary = `The folder contains more than ${tooMany[0]}: reading stopped here`;
  diagnostics.push(createDiagnostic("folder-too-large", { summary, file }));
  claims.push(...claimAnyName(KINDS));
  return false;
}

function addManifest(parsing: Parsing, manifest: Manifest): void {
  parsing.manifests.push(manifest);
  const values = measureValues(manifest.body);
  parsing.values += values;
  parsing.delivered += manifest.kind === "flyte_clusters" ? values : measureLines(manifest.body);
}

/** `keep` gets the manifests of a file in which nothing is wrong: of no other file, what it gives depends on the others. */
function parseFile(
  { path, text }: ManifestFile,
  createLocate: ReturnType<typeof createLocators>,
  parsing: Parsing,
  keep: (manifests: readonly Manifest[]) => void,
): void {
  const { manifests, claims, diagnostics } = parsing;
  const before = { manifests: manifests.length, found: claims.length + diagnostics.length };
  const { documents, broken } = parseDocuments(text);
  for (const { part, index, ...document } of documents) {
    const written = { part, index };
    parseDocument(path, { ...document, written }, createLocate(written), parsing);
  }
  for (const document of broken) addBroken(path, document, parsing);
  // Past the limit, mistakes leave no trace.
  const isClean = claims.length + diagnostics.length === before.found && diagnostics.length <= MAX_DIAGNOSTICS;
  if (isClean && broken.length === 0) keep(manifests.slice(before.manifests));
}

function parseDocument(file: string, document: Document, locate: Locate, parsing: Parsing): void {
  const { value, problems, line, written } = document;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    addUnfit(file, document, parsing);
    return;
  }
  const detected = detectKind("kind" in value ? value.kind : undefined, file, parsing.suggest);
  const name = detected.kind === undefined ? null : nameObject(detected.kind, value, { file, org: parsing.org });
  const place = { locate, address: readAddress(detected.kind, name) };
  const doubtful = detected.mistake === undefined ? document.doubtful : [...document.doubtful, "/kind"];
  const checked =
    detected.kind === undefined
      ? undefined
      : checkBody({
          kind: detected.kind,
          body: value,
          name,
          source: { file, line },
          written,
          address: place.address,
          doubtful,
        });
  if (checked !== undefined) addManifest(parsing, checked.manifest);
  addClaims(parsing, () => findClaims(file, value, detected, checked));
  addDiagnostics(parsing, () => [
    ...problems.map((problem) => describeProblem(problem, file, place.address)),
    ...describeKind(detected, { file, line, ...place }),
    ...describeErrors(
      checked?.errors ?? [],
      { file, ...place, isSensitive: findOwnSensitive(detected.kind, value) },
      parsing.suggest,
    ),
    ...describeSize(value, checked?.manifest, { file, ...place }),
  ]);
}

/** A document that holds something else than fields. */
function addUnfit(file: string, { value, problems, line }: Document, parsing: Parsing): void {
  const unfit = value !== null && value !== undefined;
  if (!unfit && problems.length === 0) return;
  addClaims(parsing, () => guessClaims(listPossibleKinds(file), [readFileName(file), ...collectTexts(value)]));
  addDiagnostics(parsing, () => {
    const summary = `The document is ${Array.isArray(value) ? "a list" : "a single value"}, not a set of fields`;
    const own = unfit ? [createDiagnostic("not-a-mapping", { summary, file, line })] : [];
    return [...problems.map((problem) => describeProblem(problem, file, null)), ...own];
  });
}

function addBroken(file: string, { text, problems }: BrokenDocument, parsing: Parsing): void {
  const { kind, possible } = detectKind(findWord(text, "kind"), file, parsing.suggest);
  const written = findWord(text, "name");
  addClaims(parsing, () => {
    if (
      problems.some(
        ({ code }) => code === "more-diagnostics" || code === "yaml-too-many-values" || code === "path-too-long",
      )
    )
      return claimAnyName(KINDS);
    const listsNames = possible.includes("cluster_pool") || possible.includes("cluster_pool_map");
    return guessClaims(possible, [written ?? readFileName(file), ...(listsNames ? collectWords(text) : [])]);
  });
  const name = nameBroken(kind, written, file);
  const address = kind === undefined || name === undefined ? null : formatAddress(kind, name);
  addDiagnostics(parsing, () => problems.map((problem) => describeProblem(problem, file, address)));
}

/** The name in a text that is not YAML. Scopes are not looked for in it. */
function nameBroken(kind: Kind | undefined, written: string | undefined, file: string): string | undefined {
  switch (kind && KIND_DEFINITIONS[kind].family) {
    case "settings":
    case "row":
      return undefined;
    case "pool_map":
      return readFileName(file);
    case "files":
      return written ?? readFileName(file);
    default:
      return written;
  }
}

/** What a document may declare beside its manifest: names in its invalid parts, anything where its own name is missing. */
function findClaims(file: string, body: object, { possible }: DetectedKind, checked: CheckedBody | undefined): Claim[] {
  const manifest = checked?.manifest;
  if (manifest === undefined || manifest.name === null)
    return guessClaims(possible, [readFileName(file), ...collectTexts(body)]);
  if (manifest.doubts === undefined) return [];
  if (manifest.kind === "cluster_pool_map") return guessClaims(["cluster_pool_map"], Object.keys(body));
  if (manifest.kind === "flyte_clusters") return claimAnyName(["flyte_clusters"]);
  if (manifest.kind !== "cluster_pool") return [];
  const words = collectTexts(checked?.removed).flatMap(collectWords);
  const isListDoubtful = manifest.doubts.values().some((pointer) => pointer.startsWith("/member_clusters"));
  return words.length === 0 && isListDoubtful ? claimAnyName(["cluster"]) : guessClaims(["cluster"], words);
}

function readAddress(kind: Kind | undefined, name: string | null): Address | null {
  return kind !== undefined && name !== null && READABLE_NAME.test(name) && maskPath(name) === name
    ? formatAddress(kind, name)
    : null;
}

interface Place {
  readonly file: string;
  readonly locate: Locate;
  readonly address: Address | null;
}

function describeKind(
  { mistake }: DetectedKind,
  { file, line, locate, address }: Place & { line: number },
): Diagnostic[] {
  if (mistake === undefined) return [];
  const { code, summary } = mistake;
  const at = code === "missing-kind" ? { line } : locate(["kind"]);
  const detail =
    code === "wrong-type" ? DIAGNOSTIC_CATALOGUE["unknown-kind"].remedy : DIAGNOSTIC_CATALOGUE[code].remedy;
  return [createDiagnostic(code, { summary, detail, file, ...at, address })];
}

interface Described extends Place {
  readonly isSensitive: ReturnType<typeof findOwnSensitive>;
}

function describeErrors(errors: readonly SchemaError[], place: Described, suggest: SuggestNearest): Diagnostic[] {
  const { file, locate, address, isSensitive } = place;
  return explainSchemaErrors(errors.slice(0, MAX_PER_DOCUMENT * 2), suggest).map((explained) => {
    const { code, summary, detail = DIAGNOSTIC_CATALOGUE[code].remedy, path, part } = explained;
    const texts = isSensitive(path, part) ? describeUnseen(code, path, part) : { summary, detail };
    return createDiagnostic(code, { ...texts, file, ...locate(path, part), address });
  });
}

/** What would take too long to look through. */
function describeSize(body: object, manifest: Manifest | undefined, { file, locate, address }: Place): Diagnostic[] {
  const patterns = listSensitive(manifest).filter((path) => path?.includes("*")).length;
  const letters = patterns === 0 ? 0 : measureBody(body);
  if (patterns * letters <= MOST_MATCHING) return [];
  const summary = `${patterns} patterns with \`*\` are too many for a document of ${letters} characters`;
  return [createDiagnostic("too-many-patterns", { summary, file, ...locate(["sensitive"]), address })];
}

function listSensitive(manifest: Manifest | undefined): readonly (string | undefined)[] {
  if (manifest?.kind !== "settings" && manifest?.kind !== "flyte_clusters") return [];
  return manifest.body.sensitive ?? [];
}

function addClaims(parsing: Parsing, guess: () => readonly Claim[]): void {
  if (parsing.claims.length < MAX_MANIFESTS) parsing.claims.push(...guess());
}

/** Adds what one document has, up to its share. Once more than a run lists is there, nothing is built any more. */
function addDiagnostics(parsing: Parsing, describe: () => readonly Diagnostic[]): void {
  if (parsing.diagnostics.length > MAX_DIAGNOSTICS) return;
  const found = describe();
  const kept = found.slice(0, MAX_PER_DOCUMENT);
  parsing.diagnostics.push(...kept);
  const last = kept.at(-1);
  if (found.length > kept.length && last !== undefined) {
    parsing.diagnostics.push(describeRest(last, `${MAX_PER_DOCUMENT} mistakes of this document`));
  }
}

/** Characters of all keys and texts of a document: what it costs to look through them. */
function measureBody(body: unknown): number {
  if (typeof body === "string") return body.length;
  if (typeof body !== "object" || body === null) return 0;
  if (Array.isArray(body)) return body.reduce<number>((sum, inner) => sum + measureBody(inner), 0);
  return Object.entries(body).reduce((sum, [key, inner]) => sum + key.length + measureBody(inner), 0);
}
