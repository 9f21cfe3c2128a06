import type { Address } from "../model/address.ts";
import { collectNames, listTextOwners, type NamingSources } from "./collect-names.ts";
import { createVault, type Vault } from "./create-vault.ts";
import { createIsSensitive } from "./sensitive-rules.ts";

/** What stands between the systems of a target and everything else, for one plan or one look. */
export interface Border {
  readonly vault: Vault;
  /** Whose file each path of the output is. */
  readonly owners: ReadonlyMap<string, Address>;
}

/** What a border is made from. */
export interface BorderSources extends NamingSources {
  /** The key of the store, or of a plan: at least 32 bytes. Digests of plans with the same key can be compared. */
  readonly key: Uint8Array;
}

/** A border with an empty vault, at which is sensitive what keys, manifests, the operator and the store say. */
export function openBorder({ key, ...sources }: BorderSources): Border {
  return {
    vault: createVault({ key, isSensitive: createIsSensitive(collectNames(sources)) }),
    owners: listTextOwners(sources),
  };
}
