import type { Compilable, ExpressionBuilder, Kysely } from "kysely";
import type { ControlPlaneName, OwnedObject, ReleasedObject } from "../../model/ledger/ledger.ts";
import { inParts } from "../database/in-parts.ts";
import type { LedgerTarget, Statements, StoreTables } from "../database/store-schema.ts";
import { SEALABLE } from "../sealing/create-sealings.ts";
import { type LedgerPlaces, listPlacesHere, placeOf } from "./ledger-places.ts";
import { fromOwnedRow, fromReleasedRow, toOwnedRow } from "./ledger-rows.ts";

type Db = Kysely<StoreTables>;

/** Whose entries count: those of a control plane, as far as they are of the places that the target has now. */
export interface Here extends LedgerTarget {
  readonly places: readonly string[];
}

/** The same of a target. */
export function hereOf(target: LedgerPlaces): Here {
  return { org: target.org, endpoint: target.endpoint, places: listPlacesHere(target) };
}

/** All that is owned here, sorted by address. */
export async function readOwned(db: Db, here: Here) {
  const rows = await selectOwned(db, here).selectAll().execute();
  // Databases sort text by rules of their own; ours is the same everywhere.
  return rows.map(fromOwnedRow).sort((one, other) => (one.address < other.address ? -1 : 1));
}

function selectOwned(db: Db, here: Here) {
  return db.selectFrom("owned_object").where(isHere(here)).where("released", "=", 0);
}

/** What was released here, and what was applied at places and control planes (`former`) of before and is not owned here: only settings and Flyte's files. */
export async function readReleased(
  db: Db,
  here: Here,
  former: readonly ControlPlaneName[],
): Promise<readonly ReleasedObject[]> {
  const others = former.filter(({ org, endpoint }) => org !== here.org || endpoint !== here.endpoint);
  const rows = await db
    .selectFrom("owned_object")
    .select(["address", "applied"])
    .where((row) =>
      row.or([
        row.and([
          row("org", "=", here.org),
          row("endpoint", "=", here.endpoint),
          row.or([row("released", "=", 1), row("place", "not in", here.places)]),
        ]),
        ...others.map(({ org, endpoint }) => row.and([row("org", "=", org), row("endpoint", "=", endpoint)])),
      ]),
    )
    .where((row) => row.or(SEALABLE.map((kind) => row("address", "like", `${kind}%`))))
    .where("address", "not in", selectOwned(db, here).select("address"))
    .execute();
  return rows.map(fromReleasedRow);
}

/** Records objects as owned, in place of what their addresses had. */
export function* recordOwned(db: Db, target: LedgerPlaces, objects: readonly OwnedObject[]): Statements<void> {
  for (const part of inParts(objects)) yield recordPart(db, target, part);
}

function recordPart(db: Db, target: LedgerPlaces, objects: readonly OwnedObject[]): Compilable {
  const { org, endpoint } = target;
  return db
    .insertInto("owned_object")
    .values(objects.map((object) => ({ org, endpoint, place: placeOf(target, object.address), ...toOwnedRow(object) })))
    .onConflict((conflict) =>
      conflict.columns(["org", "endpoint", "place", "address"]).doUpdateSet((row) => ({
        physical_name: row.ref("excluded.physical_name"),
        previous_names: row.ref("excluded.previous_names"),
        left_names: row.ref("excluded.left_names"),
        prevent_destroy: row.ref("excluded.prevent_destroy"),
        on_remove: row.ref("excluded.on_remove"),
        applied: row.ref("excluded.applied"),
        manifest: row.ref("excluded.manifest"),
        revision: row.ref("excluded.revision"),
        updated_at: row.ref("excluded.updated_at"),
        released: row.ref("excluded.released"),
        unconfirmed: row.ref("excluded.unconfirmed"),
      })),
    );
}

/** What these revisions have taken in counts as owned from before. */
export function* settleOwned(db: Db, here: Here, revisions: readonly string[]): Statements<void> {
  const owned = db.updateTable("owned_object").set({ revision: null });
  for (const part of inParts(revisions)) yield owned.where(isHere(here)).where("revision", "in", part);
}

/** Ends ownership of an address. */
export function forgetOwned(db: Db, here: Here, address: string): Compilable {
  return db.deleteFrom("owned_object").where(isHere(here)).where("address", "=", address);
}

/** Ends ownership of an address whose object stays. */
export function releaseOwned(db: Db, here: Here, address: string): Compilable {
  const owned = db.updateTable("owned_object").set({ released: 1 });
  return owned.where(isHere(here)).where("address", "=", address);
}

/** The rows of a control plane, as far as they are of the places that the target has now. */
function isHere({ org, endpoint, places }: Here) {
  return (row: ExpressionBuilder<StoreTables, "owned_object">) =>
    row.and([row("org", "=", org), row("endpoint", "=", endpoint), row("place", "in", places)]);
}
