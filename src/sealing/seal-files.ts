import { createVault, type KeptValue } from "./create-vault.ts";
import { type OwnedText, sealText } from "./seal-text.ts";
import { createIsSensitive, type SensitiveNames } from "./sensitive-rules.ts";

/** Files that are to be sealed, as plain data. */
export interface SealFilesInput {
  readonly files: readonly OwnedText[];
  readonly names: SensitiveNames;
  /** The key of the vault. */
  readonly key: Uint8Array;
}

/** Their texts in the same order, and the values that were sealed, which are secret. */
export interface SealedFiles {
  readonly texts: readonly string[];
  readonly kept: readonly KeptValue[];
}

/** Seals files in a vault of their own, the content of which another one with the same key takes over. Pure. */
export function sealFiles({ files, names, key }: SealFilesInput): SealedFiles {
  const vault = createVault({ key, isSensitive: createIsSensitive(names) });
  const texts = files.map((file) => sealText(file, vault));
  return { texts, kept: vault.list() };
}
