import type { ReferenceSources } from "../../manifests/folder/read-referenced.ts";
import { resolveAllowed } from "../../model/daemon/allowed-references.ts";
import { usage } from "../options/plan-options.ts";

/** Which references of manifests may be resolved. */
export interface ReferenceFlags {
  /** `env:NAME` or `file:PATH`; a path that ends with `/` is a folder with all that is below it. Counts before `POOLKEEPER_REFERENCES`. */
  readonly reference?: readonly string[] | undefined;
}

/**
 * What `--reference` allows, else `POOLKEEPER_REFERENCES` (the same, with commas between them); nothing where neither is given. Throws an
 * OperationalError `usage` for what names neither a variable nor a file.
 */
export function findReferences({ reference }: ReferenceFlags, env: ReferenceSources["env"]): ReferenceSources {
  const given = reference ?? (env.POOLKEEPER_REFERENCES ?? "").split(",");
  const source = reference === undefined ? "POOLKEEPER_REFERENCES" : "--reference";
  const all = given.map((text) => text.trim()).filter((text) => text !== "" || reference !== undefined);
  const named = (kind: string) => all.flatMap((text) => (text.startsWith(kind) ? [text.slice(kind.length)] : []));
  const [names, paths] = [named("env:"), named("file:")];
  const isSound = names.length + paths.length === all.length && names.every(isName) && !paths.includes("");
  if (!isSound) throw usage(`${source}: write env:NAME or file:PATH; a PATH that ends with / is a folder.`);
  return { allowed: { env: names, files: paths.map((path) => resolveAllowed(".", path)) }, env };
}

function isName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}
