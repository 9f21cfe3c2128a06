import targetSchema from "../../schemas/target.json" with { type: "json" };
import { createDiagnostic } from "../model/diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../model/diagnostics/diagnostic.ts";
import { DIAGNOSTIC_CATALOGUE } from "../model/diagnostics/diagnostic-catalogue.ts";
import type { Locate } from "../model/diagnostics/position.ts";
import type { ManifestFile } from "../model/objects/manifest.ts";
import { quoteText } from "../model/secrets/quote-text.ts";
import { createSuggestNearest } from "../model/text/suggest-nearest.ts";
import { UNKNOWN_ORG } from "./name-object.ts";
import { describeProblem } from "./problems/describe-problem.ts";
import { explainSchemaErrors } from "./problems/explain-schema-errors.ts";
import { compileSchema } from "./yaml/compile-schema.ts";
import { createLocators } from "./yaml/locate-document.ts";
import { parseDocuments } from "./yaml/parse-documents.ts";

/** The target file, by either ending. */
const NAME = /^poolkeeper\.target\.ya?ml$/;

/** What a folder is read for. */
export interface ReadFor {
  /** Empty where the control plane has no organizations; the word `ORG` where it is not known. */
  readonly org: string;
  /** The daemon's name of the target; null, the default, where there is no daemon. */
  readonly target?: string | null;
}

/** Target files, at the root or below it, apart from the manifests. */
export function splitTargetFiles(files: readonly ManifestFile[]): {
  readonly targetFiles: readonly ManifestFile[];
  readonly manifests: readonly ManifestFile[];
} {
  const isTargetFile = ({ path }: ManifestFile) => NAME.test(path.slice(path.lastIndexOf("/") + 1));
  const targetFiles = files.filter(isTargetFile);
  return { targetFiles, manifests: targetFiles.length === 0 ? files : files.filter((file) => !isTargetFile(file)) };
}

/**
 * What is wrong with a target file, or with using its folder for this target: errors, so that nothing of the folder is planned. A file
 * that says nothing allows every target. Pure.
 */
export function checkTargetFile(file: ManifestFile, readFor: ReadFor): readonly Diagnostic[] {
  if (file.path.includes("/")) return [describeNested(file)];
  const createLocate = createLocators();
  const { documents, broken } = parseDocuments(file.text);
  const unread = broken.flatMap(({ problems }) => problems.map((one) => describeProblem(one, file.path, null)));
  const read = documents.flatMap(({ value, line, problems, ...place }) => [
    ...problems.map((one) => describeProblem(one, file.path, null)),
    ...(value === null && problems.length === 0
      ? []
      : checkBody(value, { file: file.path, line }, createLocate(place), readFor)),
  ]);
  return [...unread, ...read];
}

const findErrors = compileSchema(targetSchema);

interface TargetBody {
  readonly targets?: readonly string[];
  readonly org?: string;
}

function checkBody(
  value: unknown,
  { file, line }: { readonly file: string; readonly line: number },
  locate: Locate,
  readFor: ReadFor,
): readonly Diagnostic[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [createDiagnostic("not-a-mapping", { summary: "The document is not a set of fields", file, line })];
  }
  const errors = findErrors(value);
  if (errors.length === 0) return compare(value, { file, locate }, readFor);
  return explainSchemaErrors(errors, createSuggestNearest()).map((explained) => {
    const { code, summary, detail = DIAGNOSTIC_CATALOGUE[code].remedy, path, part } = explained;
    return createDiagnostic(code, { summary, detail, file, ...locate(path, part) });
  });
}

/** The schema has just vouched for the body. */
function compare(
  { targets, org }: TargetBody,
  { file, locate }: { readonly file: string; readonly locate: Locate },
  readFor: ReadFor,
): readonly Diagnostic[] {
  const { target = null } = readFor;
  const found: Diagnostic[] = [];
  if (targets !== undefined && target !== null && !targets.includes(target)) {
    const named = `${targets.length === 1 ? "target" : "targets"} ${targets.map(quoteText).join(", ")}`;
    const summary = `This folder is for ${named}, but was read for target ${quoteText(target)}`;
    found.push(createDiagnostic("other-target", { summary, file, ...locate(["targets"]) }));
  }
  if (org !== undefined && readFor.org !== UNKNOWN_ORG && org !== readFor.org) {
    const read = readFor.org === "" ? "no organization" : `organization ${quoteText(readFor.org)}`;
    const summary = `This folder is for organization ${quoteText(org)}, but was read for ${read}`;
    found.push(createDiagnostic("other-target", { summary, file, ...locate(["org"]) }));
  }
  return found;
}

function describeNested({ path }: ManifestFile): Diagnostic {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const summary = `${quoteText(folder)} names its own target, but was read as part of another folder`;
  return createDiagnostic("nested-target-file", { summary, file: path, line: 1 });
}
