import { KIND_DEFINITIONS, KINDS, type Kind, mapKinds } from "../kinds/registry.ts";
import type { Address } from "../model/address.ts";
import type { Manifest } from "../model/objects/manifest.ts";
import { isNoNumber, openStyles } from "./find-plain-numbers.ts";
import { isNameDoubtful } from "./name-object.ts";
import { CODE_KEYWORD, compileSchema, findPointer, type SchemaError } from "./yaml/compile-schema.ts";
import { growPointerTree, isWithin } from "./yaml/pointer-tree.ts";
import { removeWrong } from "./yaml/remove-wrong.ts";

const CHECKS = mapKinds(KINDS, (kind) => compileSchema(KIND_DEFINITIONS[kind].schema, isNoNumber));

/** A document to be checked: its kind, its place, and the pointers of what was found to be wrong in it before. */
export interface UncheckedBody {
  readonly kind: Kind;
  readonly body: object;
  readonly source: Manifest["source"];
  readonly written: Manifest["written"];
  /** As the body has it; null where it does not. */
  readonly name: string | null;
  /** Null where no name could be read. */
  readonly address: Address | null;
  readonly doubtful: readonly string[];
}

/** A document as a manifest, the ways in which it breaks its kind's schema, and the values that were left out of it for that. */
export interface CheckedBody {
  readonly manifest: Manifest;
  readonly errors: readonly SchemaError[];
  readonly removed: readonly unknown[];
}

/** Checks a document against the schema of its kind; what is left of it has the types that the schema promises. */
export function checkBody({ kind, body, name, address, doubtful, ...place }: UncheckedBody): CheckedBody {
  const before = new Set(doubtful.filter((pointer) => pointer !== ""));
  const beforeTree = growPointerTree(before);
  const isPlain = openStyles(place.written);
  // A key is text to every reader.
  const counts = ({ keyword, propertyName, instancePath }: SchemaError) =>
    keyword !== CODE_KEYWORD || (propertyName === undefined && isPlain(instancePath));
  const errors = CHECKS[kind](body).filter((error) => counts(error) && !isWithin(beforeTree, findPointer(error)));
  if (errors.length === 0 && before.size === 0)
    return { manifest: trust({ kind, body, name, ...place }), errors, removed: [] };
  const wrong = new Set([...before, ...errors.map(findPointer)]);
  const removed: unknown[] = [];
  const rest = removeWrong(body, growPointerTree(wrong), removed);
  // An unknown field may be a known one misspelt: what its mapping leaves out is in doubt too.
  const mappings = errors
    .filter(({ keyword }) => keyword === "additionalProperties")
    .map((error) => error.instancePath);
  const doubts = new Set([...wrong, ...mappings]);
  const sureName = isNameDoubtful(kind, rest, doubts) ? null : name;
  return { manifest: trust({ kind, body: rest, name: sureName, doubts, address, ...place }), errors, removed };
}

interface Untrusted extends Pick<Manifest, "kind" | "name" | "source" | "written"> {
  readonly body: unknown;
  readonly doubts?: ReadonlySet<string>;
  readonly address?: Address | null;
}

/** The schema has just vouched for what is in the body, and what it did not vouch for is gone: the one place where it is trusted. */
function trust(manifest: Untrusted): Manifest {
  return manifest as Manifest;
}
