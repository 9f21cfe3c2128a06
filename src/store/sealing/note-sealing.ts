import { createHash } from "node:crypto";
import type { Sealing } from "../../model/secrets/sealing.ts";
import type { StoreConnection } from "../database/store-schema.ts";

/** Keeps rules by which values are sealed, permanently, and returns their id. Idempotent. */
export async function noteSealing({ db }: Pick<StoreConnection, "db">, sealing: Sealing): Promise<string> {
  const body = JSON.stringify(sealing);
  const id = createHash("sha256").update(body).digest("hex");
  const add = db.insertInto("sealing").values({ id, body });
  await add.onConflict((conflict) => conflict.doNothing()).execute();
  return id;
}
