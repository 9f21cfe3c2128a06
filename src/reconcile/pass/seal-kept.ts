import { randomUUID } from "node:crypto";
import type { TargetConfig } from "../../model/daemon/daemon-config.ts";
import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import type { Declared } from "../../model/objects/desired.ts";
import type { Sealing } from "../../model/secrets/sealing.ts";
import { describeSealing } from "../../sealing/describe-sealing.ts";
import { revealBy } from "../../sealing/reveal-files.ts";
import type { SealFilesInput } from "../../sealing/seal-files.ts";
import type { LedgerTarget } from "../../store/database/store-schema.ts";
import { readLedgerOf } from "../name-target-place.ts";
import type { PassTools } from "./pass-tools.ts";

/**
 * Remembers what manifests call sensitive. Drops what is kept of a target and may show it, and seals what was applied last, also where the target was before.
 * `desired`: manifests that say what is sensitive; none: the operator's patterns and the release alone, which count whether or not there are
 * valid manifests. Idempotent.
 */
export async function sealKept(
  { config, records, store, runTask }: Pick<PassTools, "config" | "records" | "store" | "runTask">,
  desired: readonly Declared[],
  signal: AbortSignal,
): Promise<void> {
  const former = await readFormerLedgers(records, config);
  const remembered = await store.readSensitive(former);
  const described = describeSealing({ patterns: config.sensitive, desired, remembered });
  await store.rememberSensitive(described.own);
  const sealing = nameFormerScopes(described, former);
  const required = { sealing, isWhole: desired.length > 0 };
  const at = await records.now();
  const seal = (input: SealFilesInput) => runTask("seal", input, signal);
  await records.sealKept(
    config.name,
    { ...required, reveal: revealBy(seal) },
    { id: randomUUID(), at, who: "poolkeeper", via: "pass", action: "seal" },
  );
  await store.sealLedger({ ...required, target: config.name, former, seal });
}

/** The ledgers of the places that the target had before, as far as its state remembers them. */
export async function readFormerLedgers(
  records: Pick<DaemonRecords, "readState">,
  { name }: Pick<TargetConfig, "name">,
): Promise<readonly LedgerTarget[]> {
  const kept = await records.readState(name);
  const places = [kept?.place ?? [], (kept?.former ?? []).map(({ place }) => place)].flat();
  return places.flatMap((place) => readLedgerOf(place) ?? []);
}

/** Settings are named by their organization: what a manifest says of a scope counts for the same scope of a former one. */
function nameFormerScopes(sealing: Sealing, former: readonly LedgerTarget[]): Sealing {
  const orgs = new Set(former.map(({ org }) => org).filter((org) => org !== ""));
  const scopes = Object.entries(sealing.own).filter(([address]) => address.startsWith("settings."));
  const renamed = [...orgs].flatMap((org) =>
    scopes.map(([address, names]) => [address.replace(/^settings\.[^/]*/, () => `settings.${org}`), names] as const),
  );
  const own = Object.fromEntries([...renamed, ...Object.entries(sealing.own)]);
  return { ...sealing, own: Object.fromEntries(Object.entries(own).sort(([one], [other]) => (one < other ? -1 : 1))) };
}
