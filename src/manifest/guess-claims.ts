import type { Claim } from "../model/claim.ts";
import type { ManifestFile } from "../model/manifest.ts";
import { detectKind } from "./detect-kind.ts";

/** How much of a broken file is looked at, in characters. */
const MAX_GUESSED = 100_000;

/**
 * The objects that a file which is not readable YAML probably declares, by its `name:` lines. Only used to keep references to
 * them from being called unknown: the file's own mistake is reported, what follows from it is not.
 */
export function guessClaims(file: ManifestFile): Claim[] {
  const claims: Claim[] = [];
  for (const part of file.text.slice(0, MAX_GUESSED).split(/^---/m)) {
    const kind = detectKind(findWord(part, "kind"), file.path);
    const name = findWord(part, "name");
    if (kind.found === "kind" && name !== undefined) claims.push({ kind: kind.kind, name, members: findMembers(part) });
  }
  return claims;
}

function findWord(text: string, field: "kind" | "name"): string | undefined {
  return new RegExp(`^${field}:[ \\t]*["']?([A-Za-z0-9-]{1,63})`, "m").exec(text)?.[1];
}

/** Every list entry that may be a name: too many is harmless here. */
function findMembers(text: string): string[] {
  return [...text.matchAll(/^[ \t]*-[ \t]+["']?([a-z0-9-]{1,63})/gm)].flatMap((match) => match[1] ?? []);
}

/** The object that a file which was not read at all probably declares: named as the file, of its folder's kind. */
export function guessUnreadClaim(path: string): Claim[] {
  const kind = detectKind(undefined, path);
  const name = /([^/]*)\.ya?ml$/.exec(path)?.[1];
  return kind.found === "kind" && name !== undefined ? [{ kind: kind.kind, name, members: [] }] : [];
}
