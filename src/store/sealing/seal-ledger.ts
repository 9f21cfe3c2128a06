import type { Compilable } from "kysely";
import { isJsonObject, mapOf, objectOf, optional, orNull } from "../../model/json/shape.ts";
import { isJournalBody } from "../../model/ledger/ledger-shape.ts";
import type { SettingValues } from "../../model/objects/settings.ts";
import { isSettingValue } from "../../model/plan/step-shape.ts";
import type { RequiredSealing } from "../../model/secrets/sealing.ts";
import { createVault } from "../../sealing/create-vault.ts";
import { namesOf } from "../../sealing/describe-sealing.ts";
import { revealBy } from "../../sealing/reveal-files.ts";
import type { SealedFiles, SealFilesInput } from "../../sealing/seal-files.ts";
import { createIsSensitive } from "../../sealing/sensitive-rules.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { LedgerTarget, Statements, StoreConnection } from "../database/store-schema.ts";
import { SEALABLE } from "./create-sealings.ts";
import { maskTexts } from "./mask-texts.ts";
import { readVaultKey } from "./read-vault-key.ts";
import { type KeptObject, revealKept } from "./reveal-kept.ts";
import { type Applied, isApplied, keepFormer, listTexts, sealApplied, sealManifest } from "./seal-applied.ts";
import { findOpenChanges, type OpenChanges, readOpenChanges, sealChanges } from "./seal-changes.ts";
import { findPartToSeal } from "./sealed-kept.ts";
import { isUncovered, matchUncovered, type Uncovered } from "./uncovered.ts";

/** By which rules a ledger is to be sealed. */
export interface LedgerSealing extends RequiredSealing {
  /** For which target: others that write to the same control plane have rules of their own. */
  readonly target: string;
  /** Where files are sealed. */
  readonly seal: (input: SealFilesInput) => SealedFiles | Promise<SealedFiles>;
}

/**
 * Seals the known values of settings and Flyte's files by these rules, where they cover more than those by which they were sealed: the last
 * applied body, its manifest, the change log, and what the journal has of an unfinished write of settings. What a journaled delete removed and
 * the messages of writes are dropped. What was written in the meantime stays as it is, since it was sealed by current rules.
 */
export async function sealLedger(
  connection: StoreConnection,
  ledger: LedgerTarget,
  { target, seal, ...required }: LedgerSealing,
): Promise<void> {
  const { sealing } = required;
  const changes = await findOpenChanges(connection, ledger, sealing);
  const part = await findPartToSeal(connection, { target, ...ledger }, required);
  if (changes.length === 0 && part === null) return;
  // As long as the values are known.
  const kept = listKept(connection, ledger, changes, part?.uncovered ?? []);
  await maskTexts(connection, target, await revealKept(kept, sealing, revealBy(seal)));
  for (const open of changes) await sealChanges(connection, ledger, { ...open, seal });
  if (part === null) return;
  const { uncovered, mark } = part;
  const [sealed, journal] =
    uncovered.length === 0
      ? [[], []]
      : [
          await sealOwned(connection, ledger, { sealing, uncovered, seal }),
          await sealJournal(connection, ledger, { sealing, uncovered }),
        ];
  await connection.transact(() => write(connection, ledger, { mark, uncovered, sealed, journal }));
}

/** What a journaled delete removes, or a write makes of settings. */
const isWritten = objectOf<{ readonly before?: Applied | null; readonly settings?: SettingValues }>({
  before: optional(orNull(isApplied)),
  settings: optional(mapOf(isSettingValue)),
});

/** What is to be sealed or dropped of a ledger, and may reveal a value. */
async function* listKept(
  connection: StoreConnection,
  ledger: LedgerTarget,
  changes: readonly OpenChanges[],
  uncovered: Uncovered,
): AsyncGenerator<KeptObject> {
  const read = (address: string, text: string | null) =>
    text === null ? null : readStoredJson(text, address, orNull(isApplied));
  for (const open of changes) {
    for (const { address, before, after } of await readOpenChanges(connection, ledger, open)) {
      for (const text of [before, after]) yield { address, applied: read(address, text) };
    }
  }
  if (uncovered.length === 0) return;
  for (const { address, applied } of await readOwned(connection, ledger, uncovered)) {
    yield { address, applied: read(address, applied) };
  }
  for (const { address, body } of await readBodies(connection, ledger)) {
    const { before = null, settings = {} } = readStoredJson(body, address, isWritten);
    yield { address, applied: before };
    yield { address, applied: { settings } };
  }
}

async function readBodies({ db }: StoreConnection, { org, endpoint }: LedgerTarget) {
  const rows = await db
    .selectFrom("journal_entry")
    .select(["id", "address", "body"])
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("body", "is not", null)
    .execute();
  return rows.flatMap(({ body, ...row }) => (body === null ? [] : [{ ...row, body }]));
}

/** The body of a journal entry, as it stays. */
interface SealedBody {
  readonly id: string;
  readonly before: string;
  readonly after: string;
}

/** The bodies of what is uncovered, with nothing in them but what the next run needs to settle an unfinished write. */
async function sealJournal(
  connection: StoreConnection,
  ledger: LedgerTarget,
  { sealing, uncovered }: Pick<LedgerSealing, "sealing"> & { readonly uncovered: Uncovered },
): Promise<readonly SealedBody[]> {
  const vault = createVault({ key: await readVaultKey(connection), isSensitive: createIsSensitive(namesOf(sealing)) });
  const rows = (await readBodies(connection, ledger)).filter(
    ({ address }) => SEALABLE.some((kind) => address.startsWith(kind)) && isUncovered(uncovered, address),
  );
  return rows.map(({ id, address, body: before }) => {
    const { previous_names, lifecycle, pool, files, settings } = readStoredJson(before, address, isJournalBody);
    const sealed = settings === undefined ? {} : sealApplied(address, { settings }, { vault, texts: [] });
    return { id, before, after: JSON.stringify({ previous_names, lifecycle, pool, files, ...sealed }) };
  });
}

async function readOwned({ db }: StoreConnection, { org, endpoint }: LedgerTarget, uncovered: Uncovered) {
  const rows = await db
    .selectFrom("owned_object")
    .select(["address", "place", "applied", "manifest"])
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("applied", "is not", null)
    .where((row) => row.or(SEALABLE.map((kind) => row("address", "like", `${kind}%`))))
    .execute();
  return rows.filter(({ address }) => isUncovered(uncovered, address));
}

/** An owned object of which values were sealed. */
interface SealedObject {
  readonly address: string;
  readonly place: string;
  readonly before: { readonly applied: string; readonly manifest: string | null };
  readonly after: { readonly applied: string; readonly manifest: string | null };
}

async function sealOwned(
  connection: StoreConnection,
  ledger: LedgerTarget,
  { sealing, uncovered, seal }: Pick<LedgerSealing, "sealing" | "seal"> & { readonly uncovered: Uncovered },
): Promise<readonly SealedObject[]> {
  const names = namesOf(sealing);
  const key = await readVaultKey(connection);
  const vault = createVault({ key, isSensitive: createIsSensitive(names) });
  const sealed: SealedObject[] = [];
  for (const { address, place, applied, manifest } of await readOwned(connection, ledger, uncovered)) {
    if (applied === null) continue;
    const kept = readStoredJson(applied, address, isApplied);
    const files = listTexts(address, kept);
    const texts = files.length === 0 ? [] : keepFormer(await seal({ files, names, key }));
    const recorded = manifest === null ? null : readStoredJson(manifest, address, isJsonObject);
    const after = {
      applied: JSON.stringify(sealApplied(address, kept, { vault, texts })),
      manifest: recorded === null ? null : JSON.stringify(sealManifest(address, recorded, vault)),
    };
    if (after.applied !== applied || after.manifest !== manifest)
      sealed.push({ address, place, before: { applied, manifest }, after });
  }
  return sealed;
}

interface Written {
  readonly mark: Compilable;
  readonly uncovered: Uncovered;
  readonly sealed: readonly SealedObject[];
  readonly journal: readonly SealedBody[];
}

function* write(
  { db }: StoreConnection,
  { org, endpoint }: LedgerTarget,
  { mark, uncovered, sealed, journal }: Written,
): Statements<void> {
  for (const { address, place, before, after } of sealed) {
    const update = db
      .updateTable("owned_object")
      .set(after)
      .where("org", "=", org)
      .where("endpoint", "=", endpoint)
      .where("address", "=", address)
      .where("applied", "=", before.applied);
    // Its place may have become known in the meantime.
    yield place === "" ? update : update.where("place", "=", place);
  }
  for (const { id, before, after } of journal) {
    yield db.updateTable("journal_entry").set({ body: after }).where("id", "=", id).where("body", "=", before);
  }
  if (uncovered.length > 0) {
    yield db
      .updateTable("journal_entry")
      .set({ message: null })
      .where("org", "=", org)
      .where("endpoint", "=", endpoint)
      .where("message", "is not", null)
      .where((row) => row.or(matchUncovered(uncovered).map((one) => row("address", "like", one))));
  }
  yield mark;
}
