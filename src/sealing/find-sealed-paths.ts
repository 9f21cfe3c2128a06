import type { Address } from "../model/address.ts";
import type { OwnedObject } from "../model/ledger/ledger.ts";
import { SEALED_BEGIN } from "../model/secrets/sealed.ts";
import { listSealedPaths } from "./seal-text.ts";

/** A file of an object as it was applied last, with what was sensitive in it sealed. */
export interface AppliedText {
  readonly address: Address;
  readonly text: string;
}

/** Files as plain data. */
export interface FindSealedInput {
  readonly files: readonly AppliedText[];
}

/** The dotted paths at which something was sealed in each of the files, in their order. */
export type SealedPaths = readonly (readonly string[])[];

/** The applied files in which something was sealed. They are not parsed for that. */
export function listAppliedTexts(owned: readonly Pick<OwnedObject, "address" | "applied">[]): readonly AppliedText[] {
  return owned.flatMap(({ address, applied }) => {
    const { files } = (applied ?? {}) as { readonly files?: object };
    const texts = Object.values(files ?? {}).filter((text: unknown) => typeof text === "string");
    return texts.filter((text) => text.includes(SEALED_BEGIN)).map((text) => ({ address, text }));
  });
}

/** Parses files and lists what was sealed in them. Pure. */
export function findSealedPaths({ files }: FindSealedInput): SealedPaths {
  return files.map(({ text }) => listSealedPaths(text));
}
