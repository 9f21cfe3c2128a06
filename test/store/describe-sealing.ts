import { describe, expect, test } from "vitest";
import type { Address } from "../../src/model/address.ts";
import type { OwnedObject } from "../../src/model/ledger/ledger.ts";
import type { PassOutcome } from "../../src/model/passes/pass.ts";
import type { Sealing } from "../../src/model/secrets/sealing.ts";
import { RULES_VERSION } from "../../src/sealing/describe-sealing.ts";
import { sealFiles } from "../../src/sealing/seal-files.ts";
import type { Database } from "../../src/store/open-store.ts";
import { NOT_KEPT } from "../../src/store/records/blank-texts.ts";
import { WITHHELD } from "../../src/store/sealing/mask-texts.ts";
import {
  AUDIT,
  BEFORE,
  DIGESTS,
  fill,
  fillLedger,
  findNotes,
  listKept,
  makePlan,
  NOTE,
  OWNED,
  open,
  revealFiles,
  seal,
} from "./fill-sealed.ts";
import {
  makeDecision,
  makeGroupRecord,
  makeMessage,
  makePass,
  makePause,
  makeReviewRecord,
  makeState,
  PAST,
  writeState,
} from "./make-records.ts";
import { STORED_TEXTS } from "./stored-texts.ts";

async function readAll(database: Database): Promise<string> {
  const rows: string[] = [];
  for await (const row of database.snapshot()) rows.push(JSON.stringify(row));
  return rows.join("\n");
}

const HELD: PassOutcome = {
  kind: "held",
  held: [{ address: "cluster.c1", reason: "approval", message: "Approve the plan." }],
};

const SAID = { step: "read", code: "x", message: NOTE } as const;

const OUTCOMES: readonly PassOutcome[] = [
  HELD,
  { kind: "inconclusive", ...SAID },
  { kind: "failed", ...SAID, report: null },
  { kind: "cancelled", message: NOTE, report: null },
  { kind: "blocked", checks: [{ name: "own", status: "fail", message: NOTE, addresses: ["settings.acme"] }] },
  {
    kind: "invalid",
    diagnostics: [
      {
        ...{ severity: "error", code: "c", summary: NOTE, detail: NOTE, file: "f.yaml", line: 1, column: 1 },
        address: null,
      },
    ],
  },
];

const SAYS = `It says ${NOTE} here.`;

const REST = "It says *** here.";

const PLACE = makeReviewRecord().place;

/** The note in each text that stays; `read` gives them as they are then. */
async function fillTexts({ records }: Database) {
  const audit = { ...AUDIT, target: "prod", details: {} };
  await records.recordPass(makePass({ outcome: { kind: "refused", message: SAYS } }));
  await writeState(records, makeState({ left_behind: [{ address: "queue.q", message: SAYS, since: PAST }] }));
  await records.addPause(makePause({ reason: NOTE }), { ...audit, id: "p", details: { reason: NOTE } });
  await records.addRejection(makeDecision({ reason: SAYS }), null);
  const failed = { state: "error", description: SAYS } as const;
  const statuses = { plan: failed, apply: failed };
  const review = { target: "prod", head: "a".repeat(40), base: null, outcome: null, approval: "merge" } as const;
  await records.writeReview(makeReviewRecord({ number: 8, title: SAYS, statuses }), {
    ...{ ...review, approved: null, made_at: PAST, version: "0.0.0", page: null },
    verdict: { kind: "failed", code: "x", message: SAYS },
  });
  await records.writeGroup(makeGroupRecord({ statuses }));
  await records.noteRequestsTrouble("prod", { code: "x", message: SAYS, nextMs: 0 });
  const comment = { place: PLACE, comment: "5", written: PAST, number: 7, by: "mona", at: PAST };
  await records.noteReported({ ...comment, said: `poolkeeper reject ${NOTE}` });
  await records.addOutbox([
    makeMessage({ body: JSON.stringify({ event: "failed", text: SAYS, details: { message: SAYS } }) }),
  ]);
  return {
    read: async () => ({
      pass: (await records.readPasses("prod", 9)).flatMap(({ outcome }) =>
        outcome.kind === "refused" ? [outcome.message] : [],
      ),
      left: (await records.readStates()).flatMap(({ left_behind = [] }) => left_behind.map(({ message }) => message)),
      pauses: (await records.readPauses("prod")).map(({ reason }) => reason),
      decisions: (await records.readDecisions("prod")).flatMap(({ reason }) => reason ?? []),
      review: (await records.findReview("prod", 8))?.review?.verdict,
      titles: (await records.readReviews("prod")).flatMap(({ title = [] }) => title),
      trouble: (await records.readRequestsTrouble("prod"))?.message,
      told: (await records.readReported(PLACE, 7)).map(({ said }) => said),
      messages: (await records.takeOutbox(9, 0)).map(({ body }) => JSON.parse(body)),
    }),
    expected: {
      ...{ pass: [REST], left: [REST], pauses: ["***"], decisions: [REST], titles: [REST] },
      review: { kind: "failed", code: "x", message: REST },
      trouble: REST,
      told: ["poolkeeper reject ***"],
      messages: [{ event: "failed", text: WITHHELD, details: { message: WITHHELD } }],
    },
  };
}

/** What becomes of what was kept when more is sensitive, as tests that every database has to pass. */
export function describeSealing(database: string, makeLocation: () => Promise<string>): void {
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
        record: { said: null },
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

    test("an object is found by its name whatever letters the name has", async () => {
      const { records } = await open(await makeLocation());
      const sealed_by = await records.noteSealing(BEFORE);
      const address = String.raw`flyte_clusters.a"b\c%_` as Address;
      const { plan, ...kept } = makePlan("other");
      const changes = plan.changes.map((change) => ({ ...change, address }));
      await records.keepPlan({ ...kept, plan: { ...plan, changes }, sealed_by });
      const sealing = { ...BEFORE, own: { ...BEFORE.own, [address]: ["annotations.note"] } };
      await records.sealKept("prod", { sealing, isWhole: true, reveal: revealFiles }, AUDIT);
      expect(await records.findPlans(DIGESTS.other)).toEqual([]);
    });

    test("a release that knows more drops what former ones kept, and so does one that does not know by which rules it was sealed", async () => {
      const opened = await open(await makeLocation());
      await fill(opened);
      await opened.records.keepPlan({ ...makePlan("settings"), target: "dev" });
      const none: Sealing = { rules: RULES_VERSION, patterns: [], own: {} };
      await opened.records.sealKept(
        "dev",
        { sealing: none, isWhole: true, reveal: revealFiles },
        { ...AUDIT, id: "2" },
      );
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

    test("every text that may hold a value is sealed or dropped, whichever table it is in, and the rest stays", async () => {
      const opened = await open(await makeLocation());
      const { records } = opened;
      const store = await fillLedger(opened);
      await fill(opened);
      for (const outcome of OUTCOMES) await records.recordPass(makePass({ outcome }));
      await records.writeSightings("prod", [{ address: "settings.acme", difference: NOTE, first_at: PAST, count: 1 }]);
      const details = { request: 7, how: "edited", by: "mallory", said: NOTE };
      await records.addAudit({ ...AUDIT, id: "2", target: "prod", action: "restore_comment", details });
      const decided = Object.entries(STORED_TEXTS).flatMap(([table, columns]) =>
        Object.entries(columns).flatMap(([column, decision]) => (decision === "sealed" ? [`${table}.${column}`] : [])),
      );
      // The cluster's plan has such a note too, where no value can be sensitive.
      const cluster = ["kept_plan.body"];
      expect(await findNotes(opened)).toEqual(decided.sort());
      const sealing = { ...BEFORE, patterns: ["*.note", "*.old"] };
      const required = { sealing, isWhole: true, reveal: revealFiles };
      await records.sealKept("prod", required, { ...AUDIT, id: "3" });
      await store.sealLedger({ ...required, target: "prod", seal: sealFiles });
      expect(await findNotes(opened)).toEqual(cluster);
      const passes = await records.readPasses("prod", 99);
      expect(passes.map(({ outcome: { kind } }) => kind).sort()).toEqual(OUTCOMES.map(({ kind }) => kind).sort());
      expect(passes.find(({ outcome: { kind } }) => kind === "inconclusive")?.outcome).toEqual({
        ...{ kind: "inconclusive", step: "read", code: "x", message: NOT_KEPT },
      });
      expect(passes.find(({ outcome: { kind } }) => kind === "held")?.outcome).toEqual(HELD);
      const audit = await records.readAudit("prod", 9);
      expect(audit.find(({ action }) => action === "restore_comment")?.details).toEqual({ ...details, said: NOT_KEPT });
      expect(audit.find(({ action }) => action === "seal")?.details).toMatchObject({ texts: OUTCOMES.length });
    });

    test("what settles an unfinished write stays: its life cycle, its files, and what it made of settings, sealed", async () => {
      const opened = await open(await makeLocation());
      const store = await fillLedger(opened);
      const lifecycle = { prevent_destroy: true, on_remove: "delete" } as const;
      const body = { previous_names: [], lifecycle, pool: null };
      const entry = { run_id: "2", step_id: "s", op: "create", phase: null, wrote: null, at: PAST };
      const settings = { annotations: { note: NOTE, other: "kept" } };
      await store.recordIntent({
        ...{ ...entry, address: "settings.acme/new", physical_name: "acme/new" },
        body: { ...body, settings, before: { settings } },
      });
      const files = ["f/v.yaml"];
      await store.recordIntent({
        ...{ ...entry, address: "flyte_clusters.new", physical_name: "new", body: { ...body, files } },
      });
      const sealing = { ...BEFORE, patterns: ["*.note", "*.old"] };
      await store.sealLedger({ sealing, isWhole: true, target: "prod", seal: sealFiles });
      const unsettled = (await store.readOpenIntents()).filter(({ run_id }) => run_id === "2");
      expect(unsettled.map((intent) => intent.body)).toEqual([
        { ...body, settings: { annotations: { note: { sealed: true, hash: expect.any(String) }, other: "kept" } } },
        { ...body, files },
      ]);
      expect(await findNotes(opened)).toEqual([]);
    });

    test("a value that the store knows is taken out of every text that stays, and a message that waits is withheld", async () => {
      const opened = await open(await makeLocation());
      const { records } = opened;
      const store = await fillLedger(opened);
      await fill(opened);
      const texts = await fillTexts(opened);
      const masked = Object.entries(STORED_TEXTS).flatMap(([table, columns]) =>
        Object.entries(columns).flatMap(([column, decision]) => (decision === "masked" ? [`${table}.${column}`] : [])),
      );
      expect(await findNotes(opened)).toEqual(expect.arrayContaining(masked));
      // The manifest of one object alone: nothing says of these texts that they are about it.
      const own = { ...BEFORE.own, "settings.acme": ["annotations.note"], "flyte_clusters.f": ["=note"] };
      const required = { sealing: { ...BEFORE, own }, isWhole: true, reveal: revealFiles };
      await records.sealKept("prod", required, { ...AUDIT, id: "3" });
      await store.sealLedger({ ...required, target: "prod", seal: sealFiles });
      // Plans of other objects show their own values.
      expect(await findNotes(opened)).toEqual(["kept_plan.body"]);
      expect(await texts.read()).toEqual(texts.expected);
      const audit = await records.readAudit("prod", 99);
      expect(audit.filter(({ details }) => "masked" in details).length).toBeGreaterThan(0);
    });

    test("a value that the ledger alone knows is taken out too, one that is too short is not, nor out of names", async () => {
      const opened = await open(await makeLocation());
      const store = await fillLedger(opened);
      const { records } = opened;
      const short = {
        ...OWNED[0],
        applied: { settings: { annotations: { note: "gold", other: NOTE } } },
      } as OwnedObject;
      await store.recordAllOwned([short]);
      await records.addPause(makePause({ reason: `gold for ${NOTE}` }), {
        ...AUDIT,
        id: "p",
        target: "prod",
        details: {},
      });
      const message = makeMessage({ receiver: NOTE, body: JSON.stringify({ target: NOTE, text: "gold" }) });
      await records.addOutbox([message]);
      const patterns = ["*.note", "*.other", "*.old"];
      await store.sealLedger({ sealing: { ...BEFORE, patterns }, isWhole: true, target: "prod", seal: sealFiles });
      expect(await records.readPauses("prod")).toMatchObject([{ reason: "gold for ***" }]);
      expect(await records.takeOutbox(9, 0)).toMatchObject([{ receiver: NOTE, body: message.body }]);
    });

    test("a target is not sealed until its texts and its ledger are, by as much as is required", async () => {
      const opened = await open(await makeLocation());
      const { records } = opened;
      const store = await fillLedger(opened);
      const patterns = ["*.note"];
      const list = (patternsOf: readonly string[]) =>
        records.listUnsealed(new Map([["prod", { ...BEFORE, patterns: patternsOf }]]));
      expect(await list(patterns)).toEqual(["prod"]);
      const required = { sealing: { ...BEFORE, patterns }, isWhole: false, reveal: revealFiles };
      await records.sealKept("prod", required, AUDIT);
      expect(await list(patterns)).toEqual(["prod"]);
      await store.sealLedger({ ...required, target: "prod", seal: sealFiles });
      expect(await list(patterns)).toEqual([]);
      expect(await list([...patterns, "*.more"])).toEqual(["prod"]);
    });
  });
}
