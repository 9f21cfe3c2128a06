import type { ControlPlaneName } from "../model/ledger.ts";
import type { OwnNames } from "../model/sealing.ts";
import { uniteNames } from "../sealing/own-names.ts";
import type { LedgerTarget, SensitiveNameRow, StoreConnection } from "./store-schema.ts";

/** What manifests that were applied at these control planes called sensitive. */
export async function readSensitive(
  { db }: Pick<StoreConnection, "db">,
  ledgers: readonly ControlPlaneName[],
): Promise<OwnNames> {
  const rows = await db
    .selectFrom("sensitive_name")
    .select(["subject", "name"])
    .where((row) => row.or(ledgers.map(({ org, endpoint }) => row.and({ org, endpoint }))))
    .execute();
  return uniteNames(...rows.map(({ subject, name }) => ({ [subject]: [name] })));
}

/** A name on record, and the control plane whose manifests had it. */
export type NameThere = SensitiveNameRow;

/** Wherever a store has a name, by control plane and subject. */
export async function listSensitive({ db }: Pick<StoreConnection, "db">, name: string): Promise<readonly NameThere[]> {
  const named = db.selectFrom("sensitive_name").selectAll().where("name", "=", name);
  return named.orderBy("endpoint").orderBy("org").orderBy("subject").execute();
}

/** Ends it: plans show again what was sensitive by this name alone, and was not applied as such. Idempotent. */
export async function forgetSensitive({ db }: Pick<StoreConnection, "db">, name: string): Promise<void> {
  await db.deleteFrom("sensitive_name").where("name", "=", name).execute();
}

/** Adds to it; nothing is written where all is known. */
export async function rememberSensitive(
  { db }: Pick<StoreConnection, "db">,
  { org, endpoint }: LedgerTarget,
  names: OwnNames,
): Promise<void> {
  const known = await readSensitive({ db }, [{ org, endpoint }]);
  const rows = Object.entries(uniteNames(names)).flatMap(([subject, own]) =>
    own.filter((name) => !known[subject]?.includes(name)).map((name) => ({ org, endpoint, subject, name })),
  );
  if (rows.length === 0) return;
  await db
    .insertInto("sensitive_name")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
