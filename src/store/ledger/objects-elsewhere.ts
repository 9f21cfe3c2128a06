import type { Kysely } from "kysely";
import type { ControlPlaneName, ObjectElsewhere } from "../../model/ledger/ledger.ts";
import type { StoreTables } from "../database/store-schema.ts";
import { fromElsewhereRow, SENT, UNSETTLED } from "./ledger-rows.ts";
import type { Here } from "./owned-objects.ts";

/** What is left at other places than those of now; at other control planes (`former`), what is half-way. */
export async function readElsewhere(
  db: Kysely<StoreTables>,
  here: Here,
  former: readonly ControlPlaneName[],
): Promise<readonly ObjectElsewhere[]> {
  const owned = await db
    .selectFrom("owned_object")
    .select(["org", "endpoint", "address", "place"])
    .where("org", "=", here.org)
    .where("endpoint", "=", here.endpoint)
    .where("place", "not in", here.places)
    .where("released", "=", 0)
    .execute();
  const others = former.filter(({ org, endpoint }) => org !== here.org || endpoint !== here.endpoint);
  const begun = await db
    .selectFrom("journal_entry")
    .select(({ fn }) => ["org", "endpoint", "address", "place", "status", fn.max("at").as("at")])
    .where((row) =>
      row.or([
        row.and([
          row("org", "=", here.org),
          row("endpoint", "=", here.endpoint),
          row("place", "not in", here.places),
          row("status", "in", UNSETTLED),
        ]),
        ...others.map(({ org, endpoint }) =>
          row.and([row("org", "=", org), row("endpoint", "=", endpoint), row("status", "in", SENT)]),
        ),
      ]),
    )
    .where((row) => row.or([row("status", "in", UNSETTLED), row("wrote", "is not", null)]))
    .groupBy(["org", "endpoint", "address", "place", "status"])
    .execute();
  const found = new Map<string, ObjectElsewhere>();
  for (const object of [...owned.map((row) => ({ ...row, at: null, status: "" })), ...begun].map(fromElsewhereRow)) {
    const name = JSON.stringify([object.address, object.place, object.org]);
    const { half_way = "" } = found.get(name) ?? {};
    if (!found.has(name) || (object.half_way ?? "") > half_way) found.set(name, object);
  }
  return [...found.values()];
}
