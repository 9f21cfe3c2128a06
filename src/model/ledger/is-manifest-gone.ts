import type { JsonObject } from "../json/json.ts";
import type { OwnedObject } from "./ledger.ts";

/**
 * The record of an object that stays while its manifest is gone: what the manifest said is still known, and no longer applied. The next manifest of
 * that object is a commit's, and so is every difference from it.
 */
export function endManifest({ manifest }: Pick<OwnedObject, "manifest">): JsonObject {
  return { ...manifest, is_gone: true };
}

/** Whether the revision that was applied last had no manifest of an object on record. */
export function isManifestGone({ manifest }: Pick<OwnedObject, "manifest">): boolean {
  return manifest?.is_gone === true;
}
