import type { RevealFiles } from "../model/secrets/sealing.ts";
import { drawVaultKey } from "./create-vault.ts";
import { namesOf } from "./describe-sealing.ts";
import type { SealedFiles, SealFilesInput } from "./seal-files.ts";

/** Finds the values in files by sealing them, where `seal` does so. */
export function revealBy(seal: (input: SealFilesInput) => SealedFiles | Promise<SealedFiles>): RevealFiles {
  return async (files, sealing) => {
    const { kept } = await seal({ files, names: namesOf(sealing), key: drawVaultKey() });
    return kept.map(({ meaning }) => meaning);
  };
}
