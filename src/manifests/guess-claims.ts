import { KINDS, type Kind } from "../kinds/registry.ts";
import { NAME_MAX_LENGTH, NAME_PATTERN } from "../model/address.ts";
import type { Diagnostic } from "../model/diagnostics/diagnostic.ts";
import { ANY_NAME, type Claim } from "./desired/claim.ts";
import { listPossibleKinds } from "./detect-kind.ts";
import { readFileName } from "./folder/read-file-name.ts";
import { correctName } from "./problems/explain-bad-name.ts";

/** How much of a broken document is read, in characters. */
const MAX_GUESSED = 100_000;
/** Most names that one document is taken to declare: what a list may hold. */
const MAX_NAMES = 10_000;

/**
 * The objects that a document may declare that could not be read in full: every name among `texts`, as each of the `kinds` that it
 * may be of; a pool may list clusters too, and a map of pools declares its pools. Only used to keep references to them from being called unknown, so too many is harmless:
 * the document's own mistake is reported, what follows from it is not.
 */
export function guessClaims(kinds: readonly Kind[], texts: readonly string[]): Claim[] {
  const all = listDeclared(kinds).filter((kind) => kind !== "flyte_clusters");
  const names = new Set(
    texts.map(correctName).filter((text) => text.length <= NAME_MAX_LENGTH && NAME_PATTERN.test(text)),
  );
  const named = [...names].slice(0, MAX_NAMES).flatMap((name) => all.map((kind) => ({ kind, name })));
  // What refers to Flyte's clusters are labels, which are free text.
  return kinds.includes("flyte_clusters") ? [...named, ...claimAnyName(["flyte_clusters"])] : named;
}

/** All texts that a plain value holds, at any depth. */
export function collectTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(collectTexts) : [];
}

const WORDS = {
  kind: /^kind:[ \t]*["']?([A-Za-z0-9._-]{1,63})/m,
  name: /^name:[ \t]*["']?([A-Za-z0-9._-]{1,63})/m,
} as const;

/** What a text that is not YAML says on its top level under a field; undefined when it does not. */
export function findWord(text: string, field: "kind" | "name"): string | undefined {
  return WORDS[field].exec(text.slice(0, MAX_GUESSED))?.[1];
}

/** Every word of a text that is not YAML. */
export function collectWords(text: string): string[] {
  return [...text.slice(0, MAX_GUESSED).matchAll(/[A-Za-z0-9][\w-]{0,62}/g)].map(([word]) => word);
}

/** What may be declared in a file or folder that was not read, given the diagnostic that says so. */
export function guessUnreadClaims({ code, file }: Diagnostic): Claim[] {
  if (code === "folder-too-large") return claimAnyName(KINDS);
  // A name that was masked is not known.
  const isOneObject = /\.ya?ml$/.test(file) && !file.includes("***") && code !== "file-too-large";
  const kinds = listPossibleKinds(isOneObject ? file : `${file}/`);
  return isOneObject ? guessClaims(kinds, [readFileName(file)]) : claimAnyName(kinds);
}

/** What may be declared in a text of which nothing is known. */
export function claimAnyName(kinds: readonly Kind[]): Claim[] {
  return listDeclared(kinds).map((kind) => ({ kind, name: ANY_NAME }));
}

/** Pools declare clusters too. */
function listDeclared(kinds: readonly Kind[]): readonly Kind[] {
  return kinds.includes("cluster_pool") ? [...new Set<Kind>([...kinds, "cluster"])] : kinds;
}
