import { createHash } from "node:crypto";
import { KIND_DEFINITIONS } from "../../kinds/registry.ts";
import type { TextFile } from "../../model/objects/desired.ts";
import { printYaml } from "../yaml/print-yaml.ts";
import type { ManifestDraft } from "./manifest-draft.ts";

/** How manifests are put into files. */
export const LAYOUTS = ["per-object", "per-kind"] as const;
/** One of {@link LAYOUTS}. */
export type Layout = (typeof LAYOUTS)[number];

/** Most of a file of many documents, well below what is read of one: characters, and lines (each has a few keys and values at most). */
const MOST_CHARACTERS = 200_000;
const MOST_LINES = 10_000;

/**
 * The files of some manifests, in folders that name their kinds. Per kind there is one, or as many as keep each below what is read of
 * a file: `queues/queues.yaml`, `queues/queues-2.yaml`. Same drafts, same bytes.
 */
export function layOutFiles(drafts: readonly ManifestDraft[], layout: Layout): readonly TextFile[] {
  if (layout === "per-object") {
    return drafts.map((draft) => ({ path: pathOf(draft), text: printDraft(draft) }));
  }
  return [...Map.groupBy(drafts, ({ kind }) => KIND_DEFINITIONS[kind].folder)].flatMap(([folder, own]) =>
    fillFiles(own.map(printDraft)).map((text, index) => ({
      path: `${folder}/${folder}${index === 0 ? "" : `-${index + 1}`}.yaml`,
      text,
    })),
  );
}

/** The file of a manifest where each has its own. */
export function pathOf(draft: ManifestDraft): string {
  return `${KIND_DEFINITIONS[draft.kind].folder}/${nameFile(draft)}.yaml`;
}

function printDraft({ body, comments }: ManifestDraft): string {
  return `${comments.map((comment) => `# ${escapeBreaks(comment)}\n`).join("")}${printYaml(body)}`;
}

/** A comment ends with its line, and is read by people: line breaks and control characters are written as their numbers. */
function escapeBreaks(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufeff]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function fillFiles(documents: readonly string[]): readonly string[] {
  const files: string[] = [];
  let open: string[] = [];
  let [characters, lines] = [0, 0];
  for (const text of documents) {
    const count = text.split("\n").length;
    if (open.length > 0 && (characters + text.length > MOST_CHARACTERS || lines + count > MOST_LINES)) {
      files.push(open.join("---\n"));
      open = [];
      [characters, lines] = [0, 0];
    }
    open.push(text);
    characters += text.length;
    lines += count;
  }
  return open.length === 0 ? files : [...files, open.join("---\n")];
}

/** Names that Windows reserves for devices, with any extension; and the one of the organization's settings. */
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9]|organization)$/;
/** Longest part of a name that is kept as it is, in characters. */
const KEPT_LENGTH = 100;
const HASH_LENGTH = 12;

/**
 * The name of an object's file, without folder and extension: its name, or the parts of its scope with dots between. It holds
 * nothing but lower-case letters, digits and `-._~`, is at most 250 characters long, and no two objects of a kind share one even
 * where case does not count: a part that can't stand as it is gets a hash.
 */
export function nameFile({ parts }: Pick<ManifestDraft, "parts">): string {
  if (parts.length === 0) return "organization";
  return parts.map((part, index) => namePart(part, index)).join(".");
}

/** A workflow, the third part, may have dots and underscores; the parts before it, which dots end, may not. */
function namePart(part: string, index: number): string {
  const isPlain = index === 2 ? /^[a-z0-9][a-z0-9._-]*$/ : /^[a-z0-9][a-z0-9-]*$/;
  const isSafe = isPlain.test(part) && part.length <= KEPT_LENGTH && !part.endsWith(".");
  if (isSafe) return index === 0 && RESERVED.test(part) ? `${part}~` : part;
  const hash = createHash("sha256").update(part).digest("hex").slice(0, HASH_LENGTH);
  const head = part
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, index === 2 ? 60 : 30);
  return `${head}~${hash}`;
}
