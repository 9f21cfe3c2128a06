import { randomBytes } from "node:crypto";
import type { StoreConnection } from "./store-schema.ts";

/**
 * The key of the hashes that stand in place of sensitive values: 32 random bytes, drawn when they are first asked for. It is kept in the
 * store, so that all replicas compare the same hashes; whoever has the store, or a backup of it, has the key too.
 */
export async function readVaultKey({ db }: Pick<StoreConnection, "db">): Promise<Uint8Array> {
  const read = () => db.selectFrom("vault_key").select("key").where("id", "=", 1).executeTakeFirst();
  const known = await read();
  if (known !== undefined) return Buffer.from(known.key, "hex");
  const key = randomBytes(32).toString("hex");
  await db
    .insertInto("vault_key")
    .values({ id: 1, key })
    // Another replica may have drawn one first.
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return Buffer.from((await read())?.key ?? key, "hex");
}
