import type { Kysely } from "kysely";
import { NAMED_KINDS, type NamedKind } from "../../kinds/registry.ts";
import { type Address, parseAddress } from "../../model/address.ts";
import type { DeletedObject } from "../../model/ledger/ledger.ts";
import { inParts } from "../database/in-parts.ts";
import type { LedgerTarget, StoreTables } from "../database/store-schema.ts";

/**
 * The pools, clusters and queues whose last write in the change log is their delete, in no order. Without those that an owner was recorded for
 * since, or that were released.
 */
export async function readDeleted(db: Kysely<StoreTables>, target: LedgerTarget): Promise<readonly DeletedObject[]> {
  const deletes = await selectLogged(db, target)
    .select(["address", "kind", "physical_name", "at", "seq"])
    .where("op", "=", "delete")
    .where("result", "!=", "unanswered")
    .orderBy("seq")
    .execute();
  if (deletes.length === 0) return [];
  const last = new Map(deletes.map((entry) => [nameRow(entry), entry]));
  const names = [...new Set(deletes.map(({ physical_name }) => physical_name))];
  for (const part of inParts(names)) {
    const written = await selectLogged(db, target)
      .select(({ fn }) => ["kind", "physical_name", fn.max<number>("seq").as("seq")])
      .where("physical_name", "in", part)
      .groupBy(["kind", "physical_name"])
      .execute();
    const later = written.filter((entry) => Number(entry.seq) > Number(last.get(nameRow(entry))?.seq));
    const recorded = await db
      .selectFrom("owned_object")
      .select(["address", "physical_name"])
      .where("org", "=", target.org)
      .where("endpoint", "=", target.endpoint)
      .where("physical_name", "in", part)
      .execute();
    for (const entry of later) last.delete(nameRow(entry));
    for (const { address, physical_name } of recorded) {
      last.delete(nameRow({ kind: parseAddress(address)?.kind ?? "", physical_name }));
    }
  }
  return [...last.values()].map(({ address, kind, physical_name, at }) => ({
    address: address as Address,
    kind: kind as NamedKind,
    ...{ physical_name, at },
  }));
}

function selectLogged(db: Kysely<StoreTables>, { org, endpoint }: LedgerTarget) {
  return db
    .selectFrom("change_entry")
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("seq", "is not", null)
    .where("kind", "in", NAMED_KINDS);
}

const nameRow = ({ kind, physical_name }: { readonly kind: string; readonly physical_name: string }) =>
  `${kind}.${physical_name}`;
