import type { ControlPlaneName } from "../../model/ledger/ledger.ts";
import type { OwnNames } from "../../model/secrets/sealing.ts";
import { uniteNames } from "../../sealing/own-names.ts";
import { inParts } from "../database/in-parts.ts";
import type { LedgerTarget, SensitiveNameRow, StoreConnection } from "../database/store-schema.ts";

/** What manifests that were applied at these control planes called sensitive; everything where that is more than is kept apart. */
export async function readSensitive(
  { db }: Pick<StoreConnection, "db">,
  ledgers: readonly ControlPlaneName[],
): Promise<OwnNames> {
  const rows = await db
    .selectFrom("sensitive_name")
    .select(["subject", "name"])
    .distinct()
    .where((row) => row.or(ledgers.map(({ org, endpoint }) => row.and({ org, endpoint }))))
    .execute();
  const bySubject = Map.groupBy(rows, ({ subject }) => subject);
  const names = [...bySubject].map(([subject, some]) => [subject, some.map(({ name }) => name)] as const);
  return uniteNames([Object.fromEntries(names)]);
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

/** Adds to it; nothing is written where all is known. Where it gets more than is kept apart, that alone is added, until that is forgotten. */
export async function rememberSensitive(
  { db }: Pick<StoreConnection, "db">,
  { org, endpoint }: LedgerTarget,
  names: OwnNames,
): Promise<void> {
  const known = await readSensitive({ db }, [{ org, endpoint }]);
  const rows = Object.entries(uniteNames([known, names])).flatMap(([subject, own]) => {
    const there = new Set(known[subject]);
    return own.filter((name) => !there.has(name)).map((name) => ({ org, endpoint, subject, name }));
  });
  for (const part of inParts(rows)) {
    const add = db.insertInto("sensitive_name").values(part);
    await add.onConflict((conflict) => conflict.doNothing()).execute();
  }
}
