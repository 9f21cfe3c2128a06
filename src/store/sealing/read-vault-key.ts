import { randomBytes } from "node:crypto";
import { DamagedEntryError } from "../database/read-stored-json.ts";
import type { StoreConnection } from "../database/store-schema.ts";
import { sealStored } from "./seal-stored.ts";

/**
 * The key of the hashes that replace sensitive values: 32 random bytes, drawn at the first use. It is kept in the store, so that all
 * replicas compare the same hashes; access to the store, or to a backup of it, includes the key. Clear text of earlier releases is sealed,
 * or dropped where it can be rebuilt, in the transaction that keeps the key. Throws an OperationalError `store_damaged` where what is kept is
 * no such key.
 */
export async function readVaultKey(connection: StoreConnection): Promise<Uint8Array> {
  const { db } = connection;
  const read = () => db.selectFrom("vault_key").select("key").where("id", "=", 1).executeTakeFirst();
  const known = await read();
  if (known !== undefined) return readKey(known.key);
  await sealStored(connection, randomBytes(32));
  const kept = await read();
  if (kept === undefined) throw new Error("the store keeps no key");
  return readKey(kept.key);
}

/** Another key would seal the same values to other hashes: nothing is drawn in place of a damaged one. */
function readKey(hex: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new DamagedEntryError("vault key");
  return Buffer.from(hex, "hex");
}
