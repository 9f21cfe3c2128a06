import { sql } from "kysely";
import type { Kind } from "../../kinds/registry.ts";
import { type Address, formatAddress, parseAddress } from "../../model/address.ts";
import { type ChangeEntry, type ChangeQuery, followNames, MOST_VALUES } from "../../model/ledger/change-log.ts";
import { describeSealing } from "../../sealing/describe-sealing.ts";
import { listUncovered } from "../../sealing/list-uncovered.ts";
import type { ChangeEntryRow, LedgerTarget, StoreConnection } from "../database/store-schema.ts";
import { createSealings } from "../sealing/create-sealings.ts";
import { fromChangeRow } from "./change-rows.ts";
import { type LedgerPlaces, listPlacesHere } from "./ledger-places.ts";

/**
 * Entries of a control plane's change log. Values that were sealed by fewer rules than the current ones are left out: a command, or a
 * replica with an older configuration, may have written them. What is read at a time is bounded by bytes: lengths first, which need no values.
 */
export async function readChanges(
  connection: StoreConnection,
  ledger: LedgerPlaces,
  {
    patterns,
    target,
    former = [],
    address,
    place,
    here,
    after,
    before,
    limit,
    order,
    bytes = MOST_VALUES,
  }: ChangeQuery,
): Promise<readonly ChangeEntry[]> {
  const asked = { ledger, places: place !== undefined ? [place] : here === true ? listPlacesHere(ledger) : null };
  let query = selectEntered(connection, asked);
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
  const sorted = query.orderBy("seq", order === "newest" ? "desc" : "asc").limit(limit);
  const lengths = await sorted.select("seq").select(LENGTH.as("length")).execute();
  if (lengths.length === 0) return [];
  const fitting = lengths.slice(0, countFitting(lengths, bytes)).map(({ seq }) => Number(seq));
  const rows: MeasuredRow[] = await sorted
    // Later ones may have come since.
    .where("seq", ">=", Math.min(...fitting))
    .where("seq", "<=", Math.max(...fitting))
    .select(SHORT_COLUMNS)
    .select([LENGTH.as("length"), shortOf("before").as("before"), shortOf("after").as("after")])
    .execute();
  const required = describeSealing({ patterns, desired: [], remembered: {} });
  const sealings = createSealings(connection, () => null);
  const shown = new Map<string, boolean>([["", true]]);
  for (const { sealed_by } of rows) {
    if (!shown.has(sealed_by)) {
      shown.set(sealed_by, listUncovered(required, await sealings.read(sealed_by)).length === 0);
    }
  }
  return rows.map(({ length, ...row }) => {
    const entry = fromChangeRow(row, shown.get(row.sealed_by) === true);
    return length > MOST_VALUES ? { ...entry, too_large: Number(length) } : entry;
  });
}

interface MeasuredRow extends ChangeEntryRow {
  /** Of its values, in bytes. */
  readonly length: number;
}

/** All but the values. */
const SHORT_COLUMNS = [
  ...([
    "org",
    "endpoint",
    "place",
    "id",
    "seq",
    "at",
    "run_id",
    "step_id",
    "address",
    "kind",
    "physical_name",
    "op",
  ] as const),
  ...(["origin", "revision", "digest", "target", "via", "decided_by", "by", "approval", "overrides"] as const),
  ...(["result", "sealed_by"] as const),
];

const LENGTH = sql<number>`coalesce(octet_length("before"), 0) + coalesce(octet_length("after"), 0)`;

/** A value that is not too large to be read. */
function shortOf(column: "before" | "after") {
  return sql<string | null>`case when ${LENGTH} > ${sql.lit(MOST_VALUES)} then null else ${sql.ref(column)} end`;
}

/** How many entries from the first on have so many bytes together; one where the first has more. What is too large alone is not read. */
function countFitting(lengths: readonly { readonly length: number }[], bytes: number): number {
  let taken = 0;
  const past = lengths.findIndex(({ length }, index) => {
    taken += length > MOST_VALUES ? 0 : length;
    return index > 0 && taken > bytes;
  });
  return past === -1 ? lengths.length : past;
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
