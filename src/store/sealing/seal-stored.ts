import type { Vault } from "../../sealing/create-vault.ts";
import { type Border, openBorder } from "../../sealing/open-border.ts";
import { sealText as sealFile } from "../../sealing/seal-text.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";
import { SEALABLE } from "./create-sealings.ts";
import { isApplied, listTexts, sealApplied } from "./seal-applied.ts";

/** An owned object that was kept in clear. */
interface KeptInClear {
  readonly org: string;
  readonly endpoint: string;
  readonly place: string;
  readonly address: string;
  readonly applied: string | null;
}

/**
 * Keeps the first key of a store, and takes what releases before this one kept in clear out of it: what was applied last is sealed, for
 * ownership goes by it; plans, reviews, sightings and journaled bodies of such objects are dropped, for they are made again. Nothing of it
 * stays in the file. Where another replica has kept a key first, nothing is done.
 */
export async function sealStored(connection: StoreConnection, key: Uint8Array): Promise<void> {
  const { db } = connection;
  const owned = await db
    .selectFrom("owned_object")
    .select(["org", "endpoint", "place", "address", "applied"])
    .where((row) => row.or(SEALABLE.map((kind) => row("address", "like", `${kind}%`))))
    .where("applied", "is not", null)
    .execute();
  const { vault } = openBorder({ key, patterns: [], desired: [], owned: [], remembered: {} });
  const dropped = await connection.transact(() => keep(connection, key, owned, vault));
  if (owned.length + dropped > 0) await connection.compact();
}

function* keep(
  { db }: StoreConnection,
  key: Uint8Array,
  owned: readonly KeptInClear[],
  vault: Vault,
): Statements<number> {
  const row = { id: 1, key: Buffer.from(key).toString("hex") };
  const kept = yield db
    .insertInto("vault_key")
    .values(row)
    .onConflict((conflict) => conflict.doNothing());
  if (kept === 0) return 0;
  for (const { org, endpoint, place, address, applied } of owned) {
    yield db
      .updateTable("owned_object")
      .set({ applied: applied === null ? null : sealText(address, applied, { vault }), manifest: null })
      .where("org", "=", org)
      .where("endpoint", "=", endpoint)
      .where("place", "=", place)
      .where("address", "=", address);
  }
  let dropped = 0;
  for (const kind of SEALABLE) {
    const named = `%"address":"${kind}%`;
    dropped += yield db.deleteFrom("kept_plan").where("body", "like", named);
    dropped += yield db.updateTable("request_review").set({ review: "null" }).where("review", "like", named);
    dropped += yield db.deleteFrom("sighting_list").where("body", "like", named);
    dropped += yield db
      .updateTable("journal_entry")
      .set({ body: null })
      .where("address", "like", `${kind}%`)
      .where("body", "is not", null);
  }
  return dropped;
}

function sealText(address: string, text: string, border: Pick<Border, "vault">): string {
  const applied = readStoredJson(text, address, isApplied);
  const texts = listTexts(address, applied).map((file) => sealFile(file, border.vault));
  return JSON.stringify(sealApplied(address, applied, { ...border, texts }));
}
