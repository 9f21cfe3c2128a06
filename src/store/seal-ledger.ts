import type { Compilable } from "kysely";
import type { JsonObject } from "../model/plan.ts";
import type { RequiredSealing } from "../model/sealing.ts";
import { createVault } from "../sealing/create-vault.ts";
import { namesOf } from "../sealing/describe-sealing.ts";
import type { SealedFiles, SealFilesInput } from "../sealing/seal-files.ts";
import { createIsSensitive } from "../sealing/sensitive-rules.ts";
import { readStoredJson } from "./read-stored-json.ts";
import { readVaultKey } from "./read-vault-key.ts";
import { SEALABLE } from "./records/create-sealings.ts";
import { type Applied, keepFormer, listTexts, sealApplied, sealManifest } from "./seal-applied.ts";
import { sealChanges } from "./seal-changes.ts";
import { findPartToSeal, type PartToSeal } from "./sealed-kept.ts";
import type { LedgerTarget, Statements, StoreConnection } from "./store-schema.ts";

/** By which rules a ledger is to be sealed. */
export interface LedgerSealing extends RequiredSealing {
  /** For which target: others that write to the same control plane have rules of their own. */
  readonly target: string;
  /** Where files are sealed. */
  readonly seal: (input: SealFilesInput) => SealedFiles | Promise<SealedFiles>;
}

/**
 * Seals what is known of settings and Flyte's files by these rules, where they say more than those by which it was sealed: what was applied
 * last, its manifest, and the change log. Bodies and messages in the journal go. What was written meanwhile stays as it is, since it was sealed by rules of now.
 */
export async function sealLedger(
  connection: StoreConnection,
  ledger: LedgerTarget,
  { target, seal, ...required }: LedgerSealing,
): Promise<void> {
  await sealChanges(connection, ledger, { sealing: required.sealing, seal });
  const part = await findPartToSeal(connection, { target, ...ledger }, required);
  if (part === null) return;
  const { uncovered, mark } = part;
  const { sealing } = required;
  const sealed = uncovered.length === 0 ? [] : await sealOwned(connection, ledger, { sealing, uncovered, seal });
  await connection.transact(() => write(connection, ledger, { mark, uncovered, sealed }));
}

type Uncovered = PartToSeal["uncovered"];

/** An owned object of which values were sealed. */
interface SealedObject {
  readonly address: string;
  readonly before: { readonly applied: string; readonly manifest: string | null };
  readonly after: { readonly applied: string; readonly manifest: string | null };
}

async function sealOwned(
  connection: StoreConnection,
  { org, endpoint }: LedgerTarget,
  { sealing, uncovered, seal }: Pick<LedgerSealing, "sealing" | "seal"> & { readonly uncovered: Uncovered },
): Promise<readonly SealedObject[]> {
  const names = namesOf(sealing);
  const key = await readVaultKey(connection);
  const vault = createVault({ key, isSensitive: createIsSensitive(names) });
  const rows = await connection.db
    .selectFrom("owned_object")
    .select(["address", "applied", "manifest"])
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("applied", "is not", null)
    .where((row) => row.or(SEALABLE.map((kind) => row("address", "like", `${kind}%`))))
    .execute();
  const sealed: SealedObject[] = [];
  for (const { address, applied, manifest } of rows) {
    if (applied === null || (uncovered !== "all" && !uncovered.includes(address))) continue;
    const kept = readStoredJson<Applied>(applied, address);
    const files = listTexts(address, kept);
    const texts = files.length === 0 ? [] : keepFormer(await seal({ files, names, key }));
    const recorded = manifest === null ? null : readStoredJson<JsonObject>(manifest, address);
    const after = {
      applied: JSON.stringify(sealApplied(address, kept, { vault, texts })),
      manifest: recorded === null ? null : JSON.stringify(sealManifest(address, recorded, vault)),
    };
    if (after.applied !== applied || after.manifest !== manifest)
      sealed.push({ address, before: { applied, manifest }, after });
  }
  return sealed;
}

interface Written {
  readonly mark: Compilable;
  readonly uncovered: Uncovered;
  readonly sealed: readonly SealedObject[];
}

function* write(
  { db }: StoreConnection,
  { org, endpoint }: LedgerTarget,
  { mark, uncovered, sealed }: Written,
): Statements<void> {
  for (const { address, before, after } of sealed) {
    yield db
      .updateTable("owned_object")
      .set(after)
      .where("org", "=", org)
      .where("endpoint", "=", endpoint)
      .where("address", "=", address)
      .where("applied", "=", before.applied);
  }
  if (uncovered.length > 0) {
    yield db
      .updateTable("journal_entry")
      .set({ body: null, message: null })
      .where("org", "=", org)
      .where("endpoint", "=", endpoint)
      .where((row) => row.or([row("body", "is not", null), row("message", "is not", null)]))
      .where((row) =>
        uncovered === "all"
          ? row.or(SEALABLE.map((kind) => row("address", "like", `${kind}%`)))
          : row("address", "in", uncovered),
      );
  }
  yield mark;
}
