import { isJsonObject } from "../../model/json/shape.ts";
import type { Sealing } from "../../model/secrets/sealing.ts";
import { createVault } from "../../sealing/create-vault.ts";
import { namesOf } from "../../sealing/describe-sealing.ts";
import { listUncovered } from "../../sealing/list-uncovered.ts";
import { uniteNames } from "../../sealing/own-names.ts";
import { createIsSensitive } from "../../sealing/sensitive-rules.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { LedgerTarget, StoreConnection } from "../database/store-schema.ts";
import { createSealings } from "./create-sealings.ts";
import { noteSealing } from "./note-sealing.ts";
import { readVaultKey } from "./read-vault-key.ts";
import { keepFormer, listTexts, sealApplied } from "./seal-applied.ts";
import type { LedgerSealing } from "./seal-ledger.ts";
import { matchUncovered, type Uncovered } from "./uncovered.ts";

/** Entries of the change log that were sealed by rules which are not enough. */
export interface OpenChanges {
  readonly sealed_by: string;
  readonly uncovered: Uncovered;
  /** Their rules and those that are required now. */
  readonly sealing: Sealing;
}

/** The entries of which more is sensitive by these rules, of any writer: each has the id of the rules by which it was sealed. */
export async function findOpenChanges(
  connection: StoreConnection,
  ledger: LedgerTarget,
  sealing: Sealing,
): Promise<readonly OpenChanges[]> {
  const sealings = createSealings(connection, () => null);
  const open: OpenChanges[] = [];
  for (const sealed_by of await listSealings(connection, ledger)) {
    const former = await sealings.read(sealed_by);
    const uncovered = listUncovered(sealing, former);
    if (uncovered.length === 0) continue;
    open.push({ sealed_by, uncovered, sealing: former === null ? sealing : join(former, sealing) });
  }
  return open;
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
  return {
    rules: Math.max(rules, former.rules),
    patterns: [...new Set([...former.patterns, ...patterns])].sort(),
    own: uniteNames([former.own, own]),
  };
}

/** Such entries of a control plane. */
export function readOpenChanges({ db }: StoreConnection, { org, endpoint }: LedgerTarget, changes: OpenChanges) {
  const open = db
    .selectFrom("change_entry")
    .select(["id", "address", "before", "after"])
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("sealed_by", "=", changes.sealed_by);
  const matched = matchUncovered(changes.uncovered);
  return open.where((row) => row.or(matched.map((one) => row("address", "like", one)))).execute();
}

/** Seals the values of such entries. They stay, with both rules from then on, so that targets with other rules for one control plane agree. */
export async function sealChanges(
  connection: StoreConnection,
  ledger: LedgerTarget,
  { seal, ...changes }: OpenChanges & Pick<LedgerSealing, "seal">,
): Promise<void> {
  const { sealing } = changes;
  const { db } = connection;
  const names = namesOf(sealing);
  const key = await readVaultKey(connection);
  const vault = createVault({ key, isSensitive: createIsSensitive(names) });
  const sealText = async (address: string, text: string | null) => {
    if (text === null) return null;
    const kept = readStoredJson(text, address, isJsonObject);
    const files = listTexts(address, kept);
    const texts = files.length === 0 ? [] : keepFormer(await seal({ files, names, key }));
    return JSON.stringify(sealApplied(address, kept, { vault, texts }));
  };
  const id = await noteSealing(connection, sealing);
  for (const row of await readOpenChanges(connection, ledger, changes)) {
    const before = await sealText(row.address, row.before);
    const after = await sealText(row.address, row.after);
    await db.updateTable("change_entry").set({ before, after, sealed_by: id }).where("id", "=", row.id).execute();
  }
  // What is left has none of what more is sensitive of. Else each pass would compare all rules that there ever were.
  const matched = matchUncovered(changes.uncovered);
  await db
    .updateTable("change_entry")
    .set({ sealed_by: id })
    .where("org", "=", ledger.org)
    .where("endpoint", "=", ledger.endpoint)
    .where("sealed_by", "=", changes.sealed_by)
    .where((row) => row.not(row.or(matched.map((one) => row("address", "like", one)))))
    .execute();
}
