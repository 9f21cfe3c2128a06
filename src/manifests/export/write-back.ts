import { isDeepStrictEqual } from "node:util";
import type { Address } from "../../model/address.ts";
import type { Json } from "../../model/json/json.ts";
import { type Declared, listPlaced, type ManifestSource } from "../../model/objects/desired.ts";
import type { ManifestFile } from "../../model/objects/manifest.ts";
import { type Change, isNoOp } from "../../model/plan/plan.ts";
import { listSealedEntries } from "../../model/secrets/list-sealed-entries.ts";
import { editDocument, type YamlEdit } from "../yaml/edit-document.ts";
import { parseDocuments } from "../yaml/parse-documents.ts";
import { listEdits } from "./list-edits.ts";

/** What is written back, and how manifests and live objects are identified. */
export interface WriteBackFacts {
  /** All manifests. */
  readonly files: readonly ManifestFile[];
  /** What they want. */
  readonly desired: Declared;
  /** What was changed outside: `before` is live. */
  readonly changes: readonly Change[];
  /** Physical names by address, where they may differ from the logical ones. */
  readonly physical: ReadonlyMap<Address, string>;
}

/** An object whose manifest now says what is live. */
export interface WrittenBack {
  readonly change: Change;
  readonly file: string;
  readonly fields: readonly WrittenField[];
}

/** A field of a manifest: what it said, and what it says now; undefined: nothing. */
export interface WrittenField {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** An object, or a field of one, that can't be written back, and why. */
export interface NotWrittenBack {
  readonly change: Change;
  readonly reason: string;
}

/** New texts of the files that change, by path, and the result for each object. */
export interface WriteBack {
  readonly files: ReadonlyMap<string, string>;
  readonly written: readonly WrittenBack[];
  readonly left: readonly NotWrittenBack[];
}

/**
 * Writes the live values of what was changed outside into the manifests: exactly the fields that differ, also those that the manifest
 * left to their defaults. Comments, order and all other text stay. Pure.
 *
 * An object that was deleted outside is left: its manifest may be all that is known of it, comments included, and a deletion is a
 * mistake more often than an edit is. So is what no manifest can say. Nothing is written of objects without a manifest.
 */
export function writeBack({ files, desired, changes, physical }: WriteBackFacts): WriteBack {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const sources = indexSources(desired);
  const written: WrittenBack[] = [];
  const left: NotWrittenBack[] = [];
  const changed = new Set<string>();
  // Lines move with each edit: the documents are found before the first one.
  const places = changes.map((change) => ({ change, place: findDocument(texts, sources.get(change.address)) }));
  for (const { change, place } of places) {
    const outside = explainLeft(change);
    if (outside !== null || place === null) {
      left.push({ change, reason: outside ?? "no manifest declares it" });
      continue;
    }
    const { edits, unsaid } = listEdits(change, { body: place.body, desired, physical });
    const before = texts.get(place.file) ?? "";
    const after = editDocument(before, place.index, edits);
    if (unsaid !== null) left.push({ change, reason: unsaid });
    else if (after === null)
      left.push({ change, reason: `${place.file} is written in a way that can't be edited field by field` });
    else if (after === before) left.push({ change, reason: "its manifest already declares it" });
    else {
      texts.set(place.file, after);
      changed.add(place.file);
      const fields = edits.map((edit) => describeEdit(edit, place.body, change));
      written.push({
        change,
        file: place.file,
        fields: fields.filter((one) => !isDeepStrictEqual(one.before, one.after)),
      });
    }
  }
  return { files: new Map([...changed].map((path) => [path, texts.get(path) ?? ""])), written, left };
}

function explainLeft(change: Change): string | null {
  const { before, after, address } = change;
  if (after === null) return "its manifest no longer declares anything";
  if (before === null) {
    return "it was deleted outside: remove its manifest, or let the next apply recreate it";
  }
  if (address.startsWith("flyte_clusters.") || address.startsWith("cluster_pool_map.")) {
    return "a delivered file is rendered from the manifest and can't be read back into one";
  }
  return isNoOp(change) ? "it has no differences" : null;
}

/** Sensitive values are reported as the plan has them, sealed, and not as the manifest does. */
function describeEdit({ path, value }: YamlEdit, body: unknown, { after }: Change): WrittenField {
  const planned = valueAt(after, path[0] === "settings" ? path : ["settings", ...path]);
  const isSensitive = listSealedEntries("", planned).length > 0;
  return {
    path: path.join("."),
    before: (isSensitive ? planned : valueAt(body, path)) as Json | undefined,
    after: value,
  };
}

function valueAt(fields: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (of, key) => (typeof of === "object" && of !== null ? (of as Readonly<Record<string, unknown>>)[key] : undefined),
    fields,
  );
}

interface FoundDocument {
  readonly file: string;
  readonly index: number;
  readonly body: unknown;
}

function findDocument(
  texts: ReadonlyMap<string, string>,
  source: { readonly file: string; readonly line: number } | undefined,
): FoundDocument | null {
  const text = source && texts.get(source.file);
  if (source === undefined || text === undefined) return null;
  const { documents } = parseDocuments(text);
  const index = documents.findIndex(({ line }) => line === source.line);
  return index === -1 ? null : { file: source.file, index, body: documents[index]?.value };
}

/** The source position of each declared object's manifest. */
function indexSources(desired: Declared): ReadonlyMap<Address, ManifestSource> {
  const { pools, clusters, queues } = desired;
  return new Map(
    [...pools, ...clusters, ...queues, ...listPlaced(desired)].map(({ address, source }) => [address, source]),
  );
}
