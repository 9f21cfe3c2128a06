import type { LoadedDesired } from "../../manifests/load-desired.ts";
import { formatAddress } from "../../model/address.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { JsonObject } from "../../model/json/json.ts";
import { isJsonObject } from "../../model/json/shape.ts";
import type { LastWrites } from "../../model/ledger/ledger.ts";
import type { Manifest } from "../../model/objects/manifest.ts";
import type { SettingsScope } from "../../model/objects/settings.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { canonicalJson } from "../../plan/compare/digest-plan.ts";
import type { SealingOptions } from "../../reconcile/seal-target.ts";
import { StalePlanError } from "../../reconcile/stale-plan-error.ts";
import { openBorder } from "../../sealing/open-border.ts";
import { sealDesired } from "../../sealing/seal-desired.ts";
import { countSealed, openDocuments, type SealedDocuments, sealDocuments } from "../../sealing/seal-documents.ts";
import { createPlanKey, type PlanKey } from "./plan-key.ts";
import type { PlanFile, PlanInputs, SavedManifest } from "./saved-plan.ts";

/** What is kept of a plan beside its manifests. */
export interface KeepOptions {
  /** By what the plan was sealed. */
  readonly sealing: SealingOptions;
  readonly scopes: readonly SettingsScope[];
  readonly read: PlanInputs["read"];
  /** Undefined without a store. */
  readonly written: LastWrites | undefined;
  readonly key: PlanKey | null;
}

/**
 * What a plan file keeps of what a plan was computed from. What is sensitive in manifests is left out, and encrypted with the plan key
 * where there is one. The sealing key of a plan with neither store nor plan key is kept, so that hashes can be compared.
 */
export function keepInputs({ manifests }: Pick<LoadedDesired, "manifests">, options: KeepOptions): PlanInputs {
  const { sealing, scopes, read, written, key } = options;
  const { documents, secrets } = sealManifests(manifests, sealing);
  const hasSecrets = Object.keys(secrets).length > 0;
  return {
    manifests: documents,
    scopes,
    read,
    ...(written === undefined ? {} : { written }),
    sensitive: sealing.patterns,
    sealing_key: written !== undefined || key !== null ? null : Buffer.from(sealing.key).toString("hex"),
    encrypted: hasSecrets && key !== null ? key.encrypt(JSON.stringify(secrets)) : null,
  };
}

/** Of what a store wrote, what concerns a plan. */
export function selectWrites(lastWrites: LastWrites, { steps }: Pick<Plan, "steps">): LastWrites {
  const addresses = [...new Set(steps.map(({ address }) => address))].sort();
  return Object.fromEntries(
    addresses.flatMap((address) => {
      const at = lastWrites[address];
      return at === undefined ? [] : [[address, at] as const];
    }),
  );
}

/**
 * The key that signs a plan file: the plan key, else one of the store, which the file alone does not give away. Null without either: then
 * the file may be from anyone.
 */
export function findSigningKey(key: PlanKey | null, store: { readonly vaultKey: Uint8Array } | null): PlanKey | null {
  return key ?? (store === null ? null : createPlanKey(Buffer.from(store.vaultKey)));
}

/** Throws a StalePlanError for a file that its store did not sign, where no plan key vouches for it. */
export function refuseUnsigned(path: string, file: PlanFile, store: { readonly vaultKey: Uint8Array }): void {
  const signing = findSigningKey(null, store);
  if (file.authenticated || (signing !== null && file.isSignedBy(signing))) return;
  throw new StalePlanError(
    `The plan in ${path} is not signed by its store: it was altered, or saved by an older version, with another store or with a plan key that was not passed here. Plan again, or pass that plan key.`,
  );
}

/**
 * Throws a StalePlanError where the store wrote something that the plan changes after the plan was made: a plan file is applied once, and
 * not over what was applied later. A file that does not say what the store had written counts as older than everything.
 */
export function refuseOlder(path: string, { written = {} }: PlanInputs, plan: Plan, lastWrites: LastWrites): void {
  const now = selectWrites(lastWrites, plan);
  const [address] = Object.keys(now).filter((one) => now[one] !== written[one]);
  if (address === undefined) return;
  throw new StalePlanError(
    `The plan in ${path} is older than what was applied last: ${address} is newer than the plan. Plan again.`,
  );
}

/** The key by which a plan in a file was sealed; null: that of the store, or of no account. */
export function findSealingKey({ sealing_key }: PlanInputs, key: PlanKey | null): Uint8Array | null {
  return sealing_key === null ? (key?.sealingKey ?? null) : Buffer.from(sealing_key, "hex");
}

/** Whether a plan file takes the folder of its manifests to be applied: they hold sensitive values, and no plan key encrypted them. */
export function leavesOut({ manifests, encrypted }: PlanInputs): boolean {
  return encrypted === null && countSealed(manifests.map(({ body }) => body)) > 0;
}

/**
 * The manifests of a plan file, with what was left out of them; null: it takes their folder. Throws an OperationalError
 * `manifests_needed` where neither the plan key nor a folder gives it.
 */
export function completeManifests(
  { manifests, encrypted }: PlanInputs,
  { path, key, folder }: { readonly path: string; readonly key: PlanKey | null; readonly folder: string | undefined },
): readonly SavedManifest[] | null {
  if (folder !== undefined) return null;
  const left = countSealed(manifests.map(({ body }) => body));
  if (left === 0) return manifests;
  const text = encrypted === null ? undefined : key?.decrypt(encrypted);
  const secrets = text === undefined ? undefined : readSecrets(text);
  const opened = secrets === undefined ? undefined : openDocuments(manifests, secrets);
  if (opened !== undefined) return opened;
  const message = `${path} leaves out ${left} sensitive values of the manifests. Pass their folder with --manifests DIR, or save the plan with a plan key and apply it with the same one.`;
  throw new OperationalError("manifests_needed", message, { next: "stop" });
}

/** Throws a StalePlanError where the manifests of a folder are not those of the plan file, sensitive values included. */
export function refuseOtherManifests(
  { manifests: saved }: PlanInputs,
  { manifests }: Pick<LoadedDesired, "manifests">,
  { sealing, folder }: { readonly sealing: SealingOptions; readonly folder: string },
): void {
  const { documents } = sealManifests(manifests, sealing);
  if (canonicalJson(documents) === canonicalJson(saved)) return;
  const index = documents.findIndex(
    (document, place) => canonicalJson(document) !== canonicalJson(saved[place] ?? null),
  );
  const { file, line } = (index === -1 ? saved[documents.length] : documents[index]) ?? { file: folder, line: 1 };
  throw new StalePlanError(
    `The manifests in ${folder} are not those that the plan was made from: ${file}:${line} differs. Plan again.`,
  );
}

function sealManifests(manifests: readonly Manifest[], sealing: SealingOptions): SealedDocuments {
  const { vault } = openBorder({ ...sealing, desired: [sealing.desired, ...(sealing.base ?? [])] });
  // What it seals in what they want is looked for in the documents too.
  sealDesired(sealing.desired, vault);
  const documents = manifests.map(({ kind, name, source: { file, line }, body }) => {
    return { file, line, address: formatAddress(kind, name ?? ""), body: body as unknown as JsonObject };
  });
  return sealDocuments(documents, vault);
}

/** Undefined for what no poolkeeper has encrypted, though it was encrypted with the key. */
function readSecrets(text: string): JsonObject | undefined {
  try {
    const secrets: unknown = JSON.parse(text);
    return isJsonObject(secrets) ? secrets : undefined;
  } catch {
    return undefined;
  }
}
