import { KIND_DEFINITIONS, KINDS, type Kind } from "../../kinds/registry.ts";
import { parseAddress } from "../../model/address.ts";
import type { LedgerTarget, Statements, StoreConnection } from "../database/store-schema.ts";

/**
 * Whose ledger it is, and where what does not stand on its control plane stands: what is of one flyteadmin or place of delivery is not of
 * another one. Null: none is named.
 */
export interface LedgerPlaces extends LedgerTarget {
  /** flyteadmin, by its canonical URL. */
  readonly flyteadmin: string | null;
  /** Where files are delivered, as `nameDelivery` spells it. */
  readonly delivery: string | null;
}

/** The place of what stands on the control plane itself; of an object of another system: the place is not known. */
const OWN = "";

/** Where the object of an address stands. Pure. */
export function placeOf(target: LedgerPlaces, address: string): string {
  const kind = parseAddress(address)?.kind;
  return kind === undefined ? OWN : findPlace(target, kind);
}

function findPlace(target: LedgerPlaces, kind: Kind): string {
  const { system } = KIND_DEFINITIONS[kind];
  return system === "flyteadmin" || system === "delivery" ? (target[system] ?? OWN) : OWN;
}

/** All places of a target: entries of these count. Pure. */
export function listPlacesHere({ flyteadmin, delivery }: LedgerPlaces): readonly string[] {
  return [OWN, ...[flyteadmin, delivery].filter((place) => place !== null)];
}

/**
 * Entries of releases that did not write places down are taken for those of the first place that is named after them, which is where
 * those releases would have looked for them. Idempotent.
 */
export async function adoptUnplaced(connection: StoreConnection, target: LedgerPlaces): Promise<void> {
  const unplaced = KINDS.filter((kind) => findPlace(target, kind) !== OWN);
  if (unplaced.length === 0) return;
  const names = unplaced.map((kind) => `${kind}.%`);
  const rows = await Promise.all(
    TABLES.map((table) =>
      selectUnplaced(connection, target, table)
        .where((row) => row.or(names.map((name) => row("address", "like", name))))
        .limit(1)
        .execute(),
    ),
  );
  if (rows.flat().length > 0) await connection.transact(() => adopt(connection, target, unplaced));
}

const TABLES = ["owned_object", "journal_entry"] as const;

function selectUnplaced({ db }: StoreConnection, { org, endpoint }: LedgerTarget, table: (typeof TABLES)[number]) {
  return db
    .selectFrom(table)
    .select("address")
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("place", "=", OWN);
}

function* adopt({ db }: StoreConnection, target: LedgerPlaces, kinds: readonly Kind[]): Statements<void> {
  for (const kind of kinds) {
    for (const table of TABLES) {
      yield db
        .updateTable(table)
        .set({ place: findPlace(target, kind) })
        .where("org", "=", target.org)
        .where("endpoint", "=", target.endpoint)
        .where("place", "=", OWN)
        .where("address", "like", `${kind}.%`);
    }
  }
}
