/**
 * What stands in place of a sensitive value everywhere between the systems that hold it: nothing but a keyed hash, so that two of
 * them can be compared and neither can be read. No manifest and no setting can be spelled like one: their maps hold texts only.
 */
export type Sealed = {
  readonly sealed: true;
  /** HMAC-SHA-256 over the value and its place, 64 hex digits. */
  readonly hash: string;
};

/** How a sensitive value is shown. */
export const SENSITIVE = "(sensitive)";

/** Whether a value stands in place of a sensitive one. */
export function isSealed(value: unknown): value is Sealed {
  return typeof value === "object" && value !== null && "sealed" in value && value.sealed === true;
}

/** How a sealed value in a text begins. */
export const SEALED_BEGIN = "(sensitive:";

/** The same within a text, for example a file of Helm values, where it is a plain scalar of YAML. */
export function writeSealed(hash: string): string {
  return `${SEALED_BEGIN}${hash})`;
}

/** What {@link writeSealed} writes, wherever it stands in a text; its first group is the hash. To be used by `replace` and `matchAll` alone. */
export const SEALED_IN_TEXT = /\(sensitive:([0-9a-f]{64})\)/g;

/** A delivered file as it is shown: sealed values in it without their hashes. In no other text does their spelling mean anything. */
export function hideSealed(text: string): string {
  return text.replace(SEALED_IN_TEXT, SENSITIVE);
}
