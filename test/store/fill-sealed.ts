import { onTestFinished } from "vitest";
import type { Address } from "../../src/model/address.ts";
import type { JournalEntry, Ledger, OwnedObject } from "../../src/model/ledger/ledger.ts";
import type { Change } from "../../src/model/plan/plan.ts";
import type { Sealing } from "../../src/model/secrets/sealing.ts";
import { RULES_VERSION } from "../../src/sealing/describe-sealing.ts";
import { revealBy } from "../../src/sealing/reveal-files.ts";
import { sealFiles } from "../../src/sealing/seal-files.ts";
import { type Database, openDatabase, type Store } from "../../src/store/open-store.ts";
import { ACME } from "./acme.ts";
import { makeChange } from "./make-change.ts";
import { makeKeptPlan } from "./make-kept-plan.ts";
import { makeApproval, makeReviewRecord, PAST } from "./make-records.ts";
import { writable } from "./writable.ts";

/** By which rules everything here is sealed at first. */
export const BEFORE: Sealing = { rules: RULES_VERSION, patterns: ["*.old"], own: { "settings.acme": ["labels.*"] } };

/** Shows which files hold a value that is sensitive. */
export const revealFiles = revealBy(sealFiles);

/** Who seals, in the audit log. */
export const AUDIT = { id: "1", at: PAST, who: "poolkeeper", via: "pass", action: "seal" } as const;

/** A value that becomes sensitive. */
export const NOTE = "canary-of-a-note";

/** The digests of the plans that are kept. */
export const DIGESTS = { settings: "a".repeat(64), other: "b".repeat(64), cluster: "c".repeat(64) } as const;

/** The objects of these plans. */
export const NAMES = { settings: "settings.acme", other: "settings.acme/dev", cluster: "cluster.c1" } as const;

/** A plan that changes one object. */
export function makePlan(which: keyof typeof DIGESTS) {
  const change: Change = {
    ...{ address: NAMES[which] as Address, physical_name: "x", previous_physical_name: null },
    ...{ action: "update", before: null, after: { annotations: { note: NOTE } } },
    ...{ replace_paths: [], action_reason: "differs", origin: "commit" },
  };
  const kept = makeKeptPlan({ digest: DIGESTS[which] });
  return { ...kept, plan: { ...kept.plan, changes: [change] } };
}

/** Plans of two scopes and of a cluster, each with an approval, and a review; all sealed by the former rules. */
export async function fill({ records }: Database): Promise<void> {
  const sealed_by = await records.noteSealing(BEFORE);
  for (const which of ["settings", "other", "cluster"] as const) {
    await records.keepPlan({ ...makePlan(which), sealed_by });
    await records.addApproval(makeApproval({ digest: DIGESTS[which] }), {
      ...{ id: which, at: PAST, target: "prod", who: "ada", via: "cli", action: "approve", details: {} },
    });
  }
  const { plan } = makePlan("settings");
  await records.writeReview(makeReviewRecord({ said: "said" }), {
    ...{ target: "prod", head: "a".repeat(40), base: null, outcome: null, approval: "merge", approved: null },
    ...{ made_at: PAST, version: "0.0.0", page: null },
    verdict: { kind: "planned", plan, parts: { request: [], drift: [], both: [] }, overlaps: [], sealed_by },
  });
}

/** The digests of the plans that are still kept. */
export async function listKept({ records }: Database): Promise<readonly string[]> {
  const found = await Promise.all(Object.values(DIGESTS).map((digest) => records.findPlans(digest)));
  return found.flat().map(({ plan }) => plan.changes[0]?.address ?? "");
}

/** A value as a former key has sealed it. */
export const FORMER = `(sensitive:${"0".repeat(64)})`;

/** Settings, one value of which becomes sensitive. */
export const VALUES = { annotations: { note: NOTE, other: "shown" } };

/** What all owned objects here have. */
export const COMMON = {
  ...{ revision: null, previous_names: [], updated_at: PAST },
  lifecycle: { prevent_destroy: false, on_remove: "delete" },
} as const;

/** Objects that were applied with values in clear. */
export const OWNED: readonly OwnedObject[] = [
  {
    ...{ ...COMMON, address: "settings.acme", kind: "settings", name: "acme", physical_name: "acme" },
    ...{ applied: { settings: VALUES }, manifest: { format: 1, values: VALUES } },
  },
  {
    ...{ ...COMMON, address: "flyte_clusters.f", kind: "flyte_clusters", name: "f", physical_name: "f" },
    ...{ applied: { files: { "f/v.yaml": `note: ${NOTE}\npassword: ${FORMER}\n` } }, manifest: null },
  },
];

/** Settings and a file that were applied, and a write to the settings that failed. */
export async function fillLedger({ storeOf }: Database, of = storeOf(ACME)): Promise<Store & Ledger> {
  const store = await writable(of);
  // Drawn first: until then it would be a store of a release that sealed nothing.
  await store.vaultKey();
  await store.recordAllOwned(OWNED);
  const entry: JournalEntry = {
    ...{
      run_id: "1",
      step_id: "s",
      address: "settings.acme",
      physical_name: "acme",
      op: "delete",
      phase: null,
      at: PAST,
    },
    ...{ body: { note: NOTE }, wrote: null },
  };
  const id = await store.recordIntent(entry);
  await store.recordOutcome(id, "failed", `refused: ${NOTE}`);
  const sealed_by = await store.noteSealing(BEFORE);
  const files = { files: { "f/v.yaml": `note: ${NOTE}\n` } };
  const settings = makeChange({
    kind: "settings",
    before: { settings: VALUES },
    after: { settings: VALUES },
    sealed_by,
  });
  await store.recordOutcome(await store.recordIntent(entry, settings), "confirmed");
  const delivered = makeChange({ kind: "flyte_clusters", before: files, after: files, sealed_by });
  // One that is not in the log yet.
  await store.recordIntent({ ...entry, address: "flyte_clusters.f", body: null }, delivered);
  return store;
}

/** The columns in which the note stands, sorted. */
export async function findNotes(database: Database): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const { table, row } of database.snapshot()) {
    for (const [column, value] of Object.entries(row)) {
      if (String(value).includes(NOTE)) found.add(`${table}.${column}`);
    }
  }
  return [...found].sort();
}

/** Opens a database that is closed when the test ends. */
export const open = async (location: string, patterns: readonly string[] | null = null) => {
  const opened = await openDatabase(location, { sensitiveOf: () => patterns });
  onTestFinished(() => opened.close());
  return opened;
};

/** Seals what is kept of the target by these rules. */
export const seal = ({ records }: Database, sealing: Sealing) =>
  records.sealKept("prod", { sealing, isWhole: true, reveal: revealFiles }, AUDIT);
