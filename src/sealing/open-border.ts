import type { Address } from "../model/address.ts";
import { collectNames, listTextOwners, type NamingSources } from "./collect-names.ts";
import { createVault, type Vault } from "./create-vault.ts";
import { type SealedFiles, type SealFilesInput, sealFiles } from "./seal-files.ts";
import type { OwnedText } from "./seal-text.ts";
import { createIsSensitive, type SensitiveNames } from "./sensitive-rules.ts";

/** The boundary between the systems of a target and everything else, for one plan or one read. */
export interface Border {
  readonly vault: Vault;
  /** Whose file each path of the output is. */
  readonly owners: ReadonlyMap<string, Address>;
  /** The texts of files, in their order, with what is sensitive in them sealed by the vault. */
  readonly sealFiles: (files: readonly OwnedText[]) => Promise<readonly string[]>;
}

/** What a border is made from. */
export interface BorderSources extends NamingSources {
  /** The key of the store, or of a plan: at least 32 bytes. Digests of plans with the same key can be compared. */
  readonly key: Uint8Array;
  /** What {@link collectNames} says of the same sources, where it was asked before; default: it is asked here. */
  readonly names?: SensitiveNames;
}

/**
 * A border with an empty vault, at which is sensitive what keys, manifests, the operator and the store say. `seal`: where files are sealed;
 * default: here, immediately.
 */
export function openBorder(
  { key, names: known, ...sources }: BorderSources,
  seal: (input: SealFilesInput) => SealedFiles | Promise<SealedFiles> = sealFiles,
): Border {
  const names = known ?? collectNames(sources);
  const vault = createVault({ key, isSensitive: createIsSensitive(names) });
  return {
    vault,
    owners: listTextOwners(sources),
    sealFiles: async (files) => {
      if (files.length === 0) return [];
      const { texts, kept } = await seal({ files, names, key });
      vault.take(kept);
      return texts;
    },
  };
}
