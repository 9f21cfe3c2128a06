import type { JsonObject } from "../model/plan.ts";
import type { Sealing } from "../model/sealing.ts";
import { createVault } from "../sealing/create-vault.ts";
import { namesOf } from "../sealing/describe-sealing.ts";
import { listUncovered } from "../sealing/list-uncovered.ts";
import { createIsSensitive } from "../sealing/sensitive-rules.ts";
import { noteSealing } from "./note-sealing.ts";
import { readStoredJson } from "./read-stored-json.ts";
import { readVaultKey } from "./read-vault-key.ts";
import { createSealings } from "./records/create-sealings.ts";
import { keepFormer, listTexts, sealApplied } from "./seal-applied.ts";
import type { LedgerSealing } from "./seal-ledger.ts";
import type { LedgerTarget, StoreConnection } from "./store-schema.ts";

type Given = Pick<LedgerSealing, "sealing" | "seal">;

/**
 * Seals values in the change log that are sensitive by these rules and were not by those by which they were sealed, whoever wrote them: each
 * entry says by which it was. Entries stay, with both rules from then on, so that targets with other rules for one control plane agree.
 */
export async function sealChanges(connection: StoreConnection, ledger: LedgerTarget, given: Given): Promise<void> {
  const sealings = createSealings(connection, () => null);
  for (const sealed_by of await listSealings(connection, ledger)) {
    const former = await sealings.read(sealed_by);
    const uncovered = listUncovered(given.sealing, former);
    if (uncovered.length === 0) continue;
    const sealing = former === null ? given.sealing : join(former, given.sealing);
    await sealEntries(connection, ledger, { ...given, sealing, uncovered, sealed_by });
  }
}

async function listSealings({ db }: StoreConnection, { org, endpoint }: LedgerTarget): Promise<readonly string[]> {
  const found = await db
    .selectFrom("change_entry")
    .select("sealed_by")
    .distinct()
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("sealed_by", "!=", "")
    .execute();
  return found.map(({ sealed_by }) => sealed_by);
}

/** What was sealed by the one and then by the other. */
function join(former: Sealing, { rules, patterns, own }: Sealing): Sealing {
  const addresses = [...new Set([...Object.keys(former.own), ...Object.keys(own)])].sort();
  const unite = (one: readonly string[] = [], other: readonly string[] = []) => [...new Set([...one, ...other])].sort();
  return {
    rules: Math.max(rules, former.rules),
    patterns: unite(former.patterns, patterns),
    own: Object.fromEntries(addresses.map((address) => [address, unite(former.own[address], own[address])])),
  };
}

interface Open extends Given {
  readonly uncovered: ReturnType<typeof listUncovered>;
  readonly sealed_by: string;
}

async function sealEntries(
  connection: StoreConnection,
  { org, endpoint }: LedgerTarget,
  { sealing, seal, uncovered, sealed_by }: Open,
): Promise<void> {
  const { db } = connection;
  const names = namesOf(sealing);
  const key = await readVaultKey(connection);
  const vault = createVault({ key, isSensitive: createIsSensitive(names) });
  const sealText = async (address: string, text: string | null) => {
    if (text === null) return null;
    const kept = readStoredJson<JsonObject>(text, address);
    const files = listTexts(address, kept);
    const texts = files.length === 0 ? [] : keepFormer(await seal({ files, names, key }));
    return JSON.stringify(sealApplied(address, kept, { vault, texts }));
  };
  const id = await noteSealing(connection, sealing);
  const open = db
    .selectFrom("change_entry")
    .select(["id", "address", "before", "after"])
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("sealed_by", "=", sealed_by);
  const rows = await (uncovered === "all" ? open : open.where("address", "in", uncovered)).execute();
  for (const row of rows) {
    const before = await sealText(row.address, row.before);
    const after = await sealText(row.address, row.after);
    await db.updateTable("change_entry").set({ before, after, sealed_by: id }).where("id", "=", row.id).execute();
  }
}
