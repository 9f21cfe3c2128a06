import { describe, expect, onTestFinished, test } from "vitest";
import type { Address } from "../../src/model/address.ts";
import type { Change } from "../../src/model/plan.ts";
import type { Sealing } from "../../src/model/sealing.ts";
import { RULES_VERSION } from "../../src/sealing/describe-sealing.ts";
import { type Database, openDatabase } from "../../src/store/open-store.ts";
import { makeKeptPlan } from "./make-kept-plan.ts";
import { makeApproval, makeReviewRecord, PAST } from "./make-records.ts";

const BEFORE: Sealing = { rules: RULES_VERSION, patterns: ["*.old"], own: { "settings.acme": ["labels.*"] } };
const AUDIT = { id: "1", at: PAST, who: "poolkeeper", via: "pass", action: "seal" } as const;
const NOTE = "canary-of-a-note";

const DIGESTS = { settings: "a".repeat(64), other: "b".repeat(64), cluster: "c".repeat(64) } as const;
const NAMES = { settings: "settings.acme", other: "settings.acme/dev", cluster: "cluster.c1" } as const;

function makePlan(which: keyof typeof DIGESTS) {
  const change: Change = {
    ...{ address: NAMES[which] as Address, physical_name: "x", previous_physical_name: null },
    ...{ actions: ["update"], before: null, after: { annotations: { note: NOTE } } },
    ...{ replace_paths: [], action_reason: "differs", origin: "commit" },
  };
  const kept = makeKeptPlan({ digest: DIGESTS[which] });
  return { ...kept, plan: { ...kept.plan, changes: [change] } };
}

/** Plans of two scopes and of a cluster, each with an approval, and a review; all sealed by the former rules. */
async function fill({ records }: Database): Promise<void> {
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

async function listKept({ records }: Database): Promise<readonly string[]> {
  const found = await Promise.all(Object.values(DIGESTS).map((digest) => records.findPlans(digest)));
  return found.flat().map(({ plan }) => plan.changes[0]?.address ?? "");
}

async function readAll(database: Database): Promise<string> {
  const rows: string[] = [];
  for await (const row of database.snapshot()) rows.push(JSON.stringify(row));
  return rows.join("\n");
}

/** What becomes of what was kept when more is sensitive, as tests that every database has to pass. */
export function describeSealing(database: string, makeLocation: () => Promise<string>): void {
  const open = async (location: string, patterns: readonly string[] | null = null) => {
    const opened = await openDatabase(location, { sensitiveOf: () => patterns });
    onTestFinished(() => opened.close());
    return opened;
  };
  const seal = ({ records }: Database, sealing: Sealing) => records.sealKept("prod", sealing, AUDIT);

  describe(`what is kept in ${database} when more is sensitive`, () => {
    test("a pattern of the operator's drops every plan and review with values, ends their approvals, and leaves the rest", async () => {
      const opened = await open(await makeLocation());
      await fill(opened);
      await seal(opened, { ...BEFORE, patterns: ["*.note", "*.old"] });
      expect(await listKept(opened)).toEqual(["cluster.c1"]);
      const approvals = await opened.records.readApprovals("prod");
      expect(approvals.map(({ digest, state }) => `${digest[0]} ${state}`).sort()).toEqual([
        "a superseded",
        "b superseded",
        "c open",
      ]);
      expect(await opened.records.findReview("prod", 7)).toMatchObject({
        record: { said: "" },
        review: { verdict: { kind: "failed", code: "sealed_since" } },
      });
      expect((await opened.records.readAudit("prod", 9)).filter(({ action }) => action === "seal")).toMatchObject([
        { details: { plans: 2, approvals: 2, requests: 1 } },
      ]);
      // The cluster's plan has such a note too, where no value can be sensitive.
      expect((await readAll(opened)).split(NOTE)).toHaveLength(2);
    });

    test("a pattern of a manifest, or a reference of it, drops what names its object alone", async () => {
      const opened = await open(await makeLocation());
      await fill(opened);
      await seal(opened, { ...BEFORE, own: { ...BEFORE.own, "settings.acme/dev": ["=annotations.note"] } });
      expect(await listKept(opened)).toEqual(["settings.acme", "cluster.c1"]);
      expect(await opened.records.findReview("prod", 7)).toMatchObject({ review: { verdict: { kind: "planned" } } });
    });

    test("a release that knows more drops what former ones kept, and so does one that does not know by which rules it was sealed", async () => {
      const opened = await open(await makeLocation());
      await fill(opened);
      await opened.records.keepPlan({ ...makePlan("settings"), target: "dev" });
      await opened.records.sealKept("dev", { rules: RULES_VERSION, patterns: [], own: {} }, { ...AUDIT, id: "2" });
      await seal(opened, { ...BEFORE, rules: RULES_VERSION + 1 });
      expect(await listKept(opened)).toEqual(["cluster.c1"]);
    });

    test("less that is sensitive drops nothing, and what is sensitive again drops what was kept meanwhile", async () => {
      const opened = await open(await makeLocation());
      await fill(opened);
      const less: Sealing = { rules: RULES_VERSION, patterns: [], own: {} };
      await seal(opened, less);
      expect(await listKept(opened)).toHaveLength(3);
      const sealed_by = await opened.records.noteSealing(less);
      await opened.records.keepPlan({ ...makePlan("other"), sealed_by });
      await seal(opened, BEFORE);
      expect(await listKept(opened)).toEqual(["settings.acme", "cluster.c1"]);
      expect((await opened.records.readAudit("prod", 9)).map(({ action }) => action)).toContain("seal");
    });

    test("who has a newer configuration reads nothing that a replica keeps by an older one", async () => {
      const location = await makeLocation();
      const [older, newer] = [await open(location, ["*.old"]), await open(location, ["*.note", "*.old"])];
      await fill(older);
      expect([await listKept(older), await listKept(newer)]).toEqual([
        ["settings.acme", "settings.acme/dev", "cluster.c1"],
        ["cluster.c1"],
      ]);
      expect(await newer.records.findReview("prod", 7)).toMatchObject({ review: { verdict: { kind: "failed" } } });
      await older.records.keepPlan({ ...makePlan("settings"), made_at: "2026-12-01T00:00:00.000Z" });
      expect(await newer.records.readPlan("prod", DIGESTS.settings)).toBeNull();
      expect(await older.records.readPlan("prod", DIGESTS.settings)).toBeNull();
    });
  });
}
