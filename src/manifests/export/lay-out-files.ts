import { KIND_DEFINITIONS } from "../../kinds/registry.ts";
import type { TextFile } from "../../model/objects/desired.ts";
import { printYaml } from "../yaml/print-yaml.ts";
import type { Layout } from "./layout.ts";
import type { ManifestDraft } from "./manifest-draft.ts";
import { nameFile } from "./name-file.ts";

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
