import { createHash } from "node:crypto";
import { NAME_MAX_LENGTH } from "../../model/address.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";

const HASH_LENGTH = 6;

/**
 * The physical names a new registration may take, best first: the wanted one, then `<name>-<pool>`, then
 * `<name>-<pool>-2`, `-3`, ... without end. A name over 63 characters is cut and gets six hex digits of
 * SHA-256(name, pool), so that two long names stay apart and the same input gives the same name.
 */
export function* candidateNames(wanted: string, name: string, pool: string): Generator<string> {
  yield wanted;
  const base = `${name}-${pool}`;
  yield fitName(base, name, pool, "");
  for (let count = 2; ; count += 1) yield fitName(base, name, pool, `-${count}`);
}

/** The first candidate that is free. */
export function chooseName(wanted: string, name: string, pool: string, isFree: (name: string) => boolean): string {
  for (const candidate of candidateNames(wanted, name, pool)) if (isFree(candidate)) return candidate;
  throw new Error("unreachable: candidate names have no end");
}

function fitName(base: string, name: string, pool: string, suffix: string): string {
  if (base.length + suffix.length <= NAME_MAX_LENGTH) return base + suffix;
  const hash = createHash("sha256").update(`${name}\0${pool}`).digest("hex").slice(0, HASH_LENGTH);
  const head = dropTrailing(base.slice(0, NAME_MAX_LENGTH - suffix.length - HASH_LENGTH - 1), "-");
  return `${head}-${hash}${suffix}`;
}
