import { type Kysely, sql } from "kysely";
import type { OwnedObject, OwnershipMove } from "../../model/ledger/ledger.ts";
import { inParts } from "../database/in-parts.ts";
import type { Statements, StoreTables } from "../database/store-schema.ts";
import { type LedgerPlaces, listPlacesHere } from "./ledger-places.ts";
import { UNSETTLED } from "./ledger-rows.ts";
import { forgetOwned, type Here, recordOwned } from "./owned-objects.ts";

type Db = Kysely<StoreTables>;

/** Records an object as owned, in place of what its address and other addresses had. */
export function* recordInPlaceOf(
  db: Db,
  target: LedgerPlaces,
  object: OwnedObject,
  ended: readonly string[],
): Statements<void> {
  for (const address of ended) yield forgetOwned(db, hereOf(target), address);
  yield* recordOwned(db, target, [object]);
}

/** Moves records to other addresses, with the journal entries that are not over. All former addresses are left before a new one is taken: they may be the same. */
export function* moveOwned(db: Db, target: LedgerPlaces, moves: readonly OwnershipMove[]): Statements<void> {
  const here = hereOf(target);
  for (const { from } of moves) yield forgetOwned(db, here, from);
  const objects = moves.map(({ object }) => object);
  yield* recordOwned(db, target, objects);
  yield* moveEntries(db, here, moves);
}

/** No entry is moved twice: one that has come to its new address has a mark until all are there, which no address has. */
function* moveEntries(db: Db, here: Here, moves: readonly OwnershipMove[]): Statements<void> {
  const entries = db
    .updateTable("journal_entry")
    .where("org", "=", here.org)
    .where("endpoint", "=", here.endpoint)
    .where("place", "in", here.places)
    .where((row) => row.or([row("status", "in", UNSETTLED), row("wrote", "is not", null)]));
  for (const part of inParts(moves)) {
    const cases = part.map(({ from, object }) => sql`when ${from} then ${`${MARK}${object.address}`}`);
    const left = part.map(({ from }) => from);
    const address = sql<string>`case address ${sql.join(cases, sql` `)} else address end`;
    yield entries.set({ address }).where("address", "in", left);
  }
  yield entries.set({ address: sql<string>`substr(address, 2)` }).where("address", "like", `${MARK}%`);
}

const MARK = "#";

function hereOf(target: LedgerPlaces): Here {
  return { org: target.org, endpoint: target.endpoint, places: listPlacesHere(target) };
}
