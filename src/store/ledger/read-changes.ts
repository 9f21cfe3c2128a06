import type { Kind } from "../../kinds/registry.ts";
import { type Address, formatAddress, parseAddress } from "../../model/address.ts";
import { type ChangeEntry, type ChangeQuery, followNames } from "../../model/ledger/change-log.ts";
import { describeSealing } from "../../sealing/describe-sealing.ts";
import { listUncovered } from "../../sealing/list-uncovered.ts";
import type { LedgerTarget, StoreConnection } from "../database/store-schema.ts";
import { createSealings } from "../sealing/create-sealings.ts";
import { fromChangeRow } from "./change-rows.ts";
import { type LedgerPlaces, listPlacesHere } from "./ledger-places.ts";

/**
 * Entries of a control plane's change log. Values that were sealed by fewer rules than the current ones are left out: a command, or a
 * replica with an older configuration, may have written them.
 */
export async function readChanges(
  connection: StoreConnection,
  ledger: LedgerPlaces,
  { patterns, target, former = [], address, place, here, after, before, limit, order }: ChangeQuery,
): Promise<readonly ChangeEntry[]> {
  const asked = { ledger, places: place !== undefined ? [place] : here === true ? listPlacesHere(ledger) : null };
  let query = selectEntered(connection, asked).selectAll();
  if (target !== undefined)
    query = query.where((row) => row.or([row("target", "in", [target, ...former]), row("target", "is", null)]));
  if (address !== undefined) {
    const names = [...(await findNames(connection, asked, address))].flatMap((name) => parseAddress(name) ?? []);
    query = query.where((row) =>
      row.or([
        row(
          "address",
          "in",
          names.map(({ kind, name }) => formatAddress(kind, name)),
        ),
        row.and([
          row("kind", "=", names[0]?.kind ?? ""),
          row(
            "physical_name",
            "in",
            names.map(({ name }) => name),
          ),
        ]),
      ]),
    );
  }
  if (after !== undefined) query = query.where("seq", ">", after);
  if (before !== undefined) query = query.where("seq", "<", before);
  const rows = await query
    .orderBy("seq", order === "newest" ? "desc" : "asc")
    .limit(limit)
    .execute();
  const required = describeSealing({ patterns, desired: [], remembered: {} });
  const sealings = createSealings(connection, () => null);
  const shown = new Map<string, boolean>([["", true]]);
  for (const { sealed_by } of rows) {
    if (!shown.has(sealed_by)) {
      shown.set(sealed_by, listUncovered(required, await sealings.read(sealed_by)).length === 0);
    }
  }
  return rows.map((row) => fromChangeRow(row, shown.get(row.sealed_by) === true));
}

/** Whose log is read, and of what it has there; `places` null: of all. */
interface Asked {
  readonly ledger: LedgerTarget;
  readonly places: readonly string[] | null;
}

function selectEntered({ db }: StoreConnection, { ledger: { org, endpoint }, places }: Asked) {
  const entered = db
    .selectFrom("change_entry")
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("seq", "is not", null);
  return places === null ? entered : entered.where("place", "in", places);
}

/** Under which names an object is in the log. */
async function findNames(connection: StoreConnection, asked: Asked, address: Address) {
  const pairs = await selectEntered(connection, asked)
    .select(["address", "kind", "physical_name"])
    .distinct()
    .where("kind", "=", parseAddress(address)?.kind ?? "")
    .execute();
  return followNames(
    address,
    pairs.map((pair) => ({ ...pair, address: pair.address as Address, kind: pair.kind as Kind })),
  );
}
