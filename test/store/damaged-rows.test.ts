import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import type { RefusedEntry } from "../../src/model/ledger/ledger.ts";
import type { Change } from "../../src/model/plan/plan.ts";
import { nameRequest } from "../../src/model/reviews/name-request.ts";
import type { Review } from "../../src/model/reviews/review.ts";
import type { Sealing } from "../../src/model/secrets/sealing.ts";
import { RULES_VERSION } from "../../src/sealing/describe-sealing.ts";
import { revealBy } from "../../src/sealing/reveal-files.ts";
import { sealFiles } from "../../src/sealing/seal-files.ts";
import type { StoredRow } from "../../src/store/database/stored-row.ts";
import { type Database, openDatabase } from "../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { ACME } from "./acme.ts";
import { makeChange, makeIntent } from "./make-change.ts";
import { makeKeptPlan } from "./make-kept-plan.ts";
import { makeOwnedQueue } from "./make-owned-queue.ts";
import {
  DIGEST,
  makeApproval,
  makeAudit,
  makeDecision,
  makeGroupRecord,
  makeMessage,
  makePass,
  makeReviewRecord,
  makeState,
  PAST,
  writeState,
} from "./make-records.ts";
import { writable } from "./writable.ts";

const RULES: Sealing = { rules: RULES_VERSION, patterns: [], own: {} };
const MORE: Sealing = { ...RULES, patterns: ["*.note"] };
const SEVENTH = nameRequest(makeReviewRecord());
const KEPT = makeKeptPlan({ digest: DIGEST });
const REVIEW: Review = {
  ...{ target: "prod", head: "a".repeat(40), base: null, outcome: null, approval: "merge", approved: null },
  ...{ verdict: { kind: "planned", plan: KEPT.plan, parts: { request: [], drift: [], both: [] }, overlaps: [] } },
  ...{ made_at: PAST, version: "0.0.0", page: null },
};
const REFUSED: RefusedEntry = {
  ...{ run_id: "run-1", step_id: "cluster.c", address: "cluster.c", physical_name: "c", op: "delete", at: PAST },
  ...{ message: "settings name it", body: { kind: "cluster", wanted: {}, drained: [], grounds: null } },
};

const WROTE = { kind: "queue", set: { depth: 2 } } as const;

/** A store in which everything that holds JSON has a row. */
async function fill({ records, storeOf }: Database): Promise<void> {
  const audit = { id: "seal", at: PAST, who: "poolkeeper", via: "pass", action: "seal" };
  await records.sealKept("prod", { sealing: RULES, isWhole: true, reveal: revealBy(sealFiles) }, audit);
  await writeState(records, makeState());
  await records.writeSightings("prod", [{ address: "queue.a", difference: "x", first_at: PAST, count: 1 }]);
  await records.writeAuthors({
    target: "prod",
    from: "a",
    revisions: ["b"],
    requests: [{ number: 7, author: "mona" }],
  });
  await records.keepPlan({ ...KEPT, sealed_by: await records.noteSealing(RULES) });
  await records.addApproval(makeApproval(), makeAudit({ target: "prod" }));
  await records.addRejection(makeDecision(), null);
  await records.recordPass(makePass());
  await records.writeReview(makeReviewRecord(), REVIEW);
  await records.addOutbox([makeMessage(), makeMessage({ receiver: "mail" })]);
  await records.takeOutbox(1, 60_000);
  await records.noteShown("prod", SEVENTH, { digest: DIGEST, effects: ["queue.a x"], author: "mona" });
  await records.writeGroup(makeGroupRecord());
  const store = storeOf(ACME);
  await store.sealLedger({ target: "prod", sealing: RULES, isWhole: true, seal: sealFiles });
  const ledger = await writable(store);
  await ledger.recordOwned({
    ...makeOwnedQueue("a"),
    left_names: ["b"],
    applied: { depth: 1 },
    manifest: { depth: 1 },
  });
  const id = await ledger.recordIntent(makeIntent({ wrote: WROTE }), makeChange());
  await ledger.recordSent(id, 0);
  await ledger.recordOutcome(id, "confirmed");
  await ledger.recordIntent(makeIntent({ body: { previous_names: ["a"] }, wrote: WROTE }));
  await ledger.recordRefusal(REFUSED);
}

/** What reads the column back. */
type Read = (database: Database) => Promise<unknown>;

const readChanges: Read = ({ storeOf }) => storeOf(ACME).readChanges({ patterns: [], limit: 9, order: "oldest" });
const readPlan: Read = ({ records }) => records.readPlan("prod", DIGEST);
const readReview: Read = ({ records }) => records.readReview("prod", SEVENTH);
const readOwned: Read = ({ storeOf }) => storeOf(ACME).readOwned();
const readIntents: Read = ({ storeOf }) => storeOf(ACME).readOpenIntents();
const restore: Read = async (database) => {
  const rows: StoredRow[] = [];
  for await (const row of database.snapshot()) rows.push(row);
  return database.restore(yieldAll(rows), true);
};

async function* yieldAll<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

/** The plan names settings, so that the rules by which it was sealed are read. */
const readWithRules: Read = async ({ records }) => {
  const change: Change = {
    ...{ address: "settings.acme", physical_name: "acme", previous_physical_name: null, action: "update" },
    ...{ before: null, after: {}, replace_paths: [], action_reason: "differs", origin: "commit" },
  };
  const sealed_by = await records.noteSealing(RULES);
  await records.keepPlan({ ...KEPT, plan: { ...KEPT.plan, changes: [change] }, sealed_by });
  return records.readPlan("prod", DIGEST);
};

const sealLedger: Read = ({ storeOf }) =>
  storeOf(ACME).sealLedger({ target: "prod", sealing: MORE, isWhole: true, seal: sealFiles });

/** A field of a column, as a path of SQLite, and a value that is not of its type. */
const DAMAGE: readonly (readonly [
  table: string,
  column: string,
  path: string,
  value: string,
  read: Read,
  entry: string,
])[] = [
  ["target_state", "body", "$.failures", '"many"', ({ records }) => records.readState("prod"), "prod"],
  ["target_state", "body", "$.last_pass.outcome.kind", '"lost"', ({ records }) => records.readStates(), "prod"],
  ["target_state", "body", "$.updated_at", "1", ({ records }) => records.forgetTargets([], PAST), "prod"],
  ["target_state", "body", "$.status", "null", restore, "prod"],
  ["sighting_list", "body", "$[0].count", '"1"', ({ records }) => records.readSightings("prod"), "prod"],
  ["known_authors", "body", "$.revisions", "null", ({ records }) => records.readAuthors("prod"), "prod"],
  ["kept_plan", "body", "$.steps", "{}", readPlan, `plan ${DIGEST}`],
  ["kept_plan", "body", "$.summary.add", '"1"', readPlan, `plan ${DIGEST}`],
  ["kept_plan", "body", "$.options.prune", "true", ({ records }) => records.findPlans(DIGEST), `plan ${DIGEST}`],
  ["sealing", "body", "$.patterns", '"all"', readWithRules, "rules "],
  [
    "sealed_kept",
    "rules",
    "$.rules",
    '"1"',
    ({ records }) => records.listUnsealed(new Map([["prod", RULES]])),
    "rules of prod",
  ],
  ["sealed_kept", "rules", "$.own", "[]", sealLedger, "rules of prod"],
  ["approval", "allowances", "$", "{}", ({ records }) => records.readApprovals("prod"), "approval "],
  ["approval", "overrides", "$[0]", "1", ({ records }) => records.readApprovals("prod"), "approval "],
  ["decision", "effects", "$[0]", "1", ({ records }) => records.readDecisions("prod"), "decision prod "],
  ["decision", "lifts", "$", '{"0":1}', ({ records }) => records.readDecisions("prod"), "decision prod "],
  ["decision", "effects", "$", "null", ({ records }) => records.extendDecision("prod", 2, ["x"]), "decision prod "],
  ["pass_record", "outcome", "$.message", "{}", ({ records }) => records.readPasses("prod", 9), "pass "],
  ["pass_record", "outcome", "$.kind", '"lost"', ({ records }) => records.readPasses("prod", 9), "pass "],
  ["audit_entry", "details", "$", "[]", ({ records }) => records.readAudit("prod", 9), "audit "],
  ["outbox_entry", "sender", "$.pid", '"1"', ({ records }) => records.takeOutbox(1, 0), "sender of messages"],
  ["request_review", "body", "$.outcome", "1", readReview, "prod"],
  ["request_review", "review", "$.verdict.parts.both", "null", readReview, "prod"],
  ["request_review", "review", "$.verdict.plan.changes", "null", readReview, "prod"],
  ["request_review", "review", "$.approval", '"none"', readReview, "prod"],
  ["shown_plan", "effects", "$", "null", ({ records }) => records.readShown("prod", SEVENTH, DIGEST), "shown plan "],
  ["merge_group", "body", "$.statuses.plan", "null", ({ records }) => records.readGroups("prod"), "prod"],
  ["change_entry", "before", "$", "[1]", readChanges, "change "],
  ["change_entry", "overrides", "$", "{}", readChanges, "change "],
  [
    "change_entry",
    "overrides",
    "$[0]",
    "1",
    ({ storeOf }) => storeOf(ACME).readRuns({ limit: 9 }),
    "changes of run run-1",
  ],
  ["owned_object", "previous_names", "$[0]", "1", readOwned, "queue.a"],
  ["owned_object", "left_names", "$", "{}", readOwned, "queue.a"],
  ["owned_object", "applied", "$", "[]", readOwned, "queue.a"],
  ["owned_object", "manifest", "$", "[]", readOwned, "queue.a"],
  ["journal_entry", "body", "$.previous_names", '"a"', readIntents, "queue.a"],
  ["journal_entry", "wrote", "$.set", "null", readIntents, "queue.a"],
  ["journal_entry", "wrote", "$.kind", '"any"', ({ storeOf }) => storeOf(ACME).readOwnWrites(), "queue.a"],
  ["journal_entry", "body", "$.drained", "{}", ({ storeOf }) => storeOf(ACME).readRefusals(), "cluster.c"],
];

describe("a row that was altered by hand", () => {
  test.each(DAMAGE)("%s.%s at %s is a damaged entry, by its name", async (table, column, path, value, read, entry) => {
    const directory = join(makeTemporaryFolder(), "store");
    const database = await openDatabase(directory, { sensitiveOf: () => [] });
    onTestFinished(() => database.close());
    await fill(database);
    await read(database);
    alter(
      directory,
      `update "${table}" set "${column}" = json_set("${column}", ?, json(?)) where "${column}" is not null`,
      path,
      value,
    );
    await expect(read(await reopen(directory))).rejects.toMatchObject({
      code: "store_damaged",
      message: expect.stringContaining(`The store's entry of "${entry}`),
    });
  });

  test.each(DAMAGE)("%s.%s with more than this release knows is read", async (table, column, _path, _value, read) => {
    const directory = join(makeTemporaryFolder(), "store");
    const database = await openDatabase(directory, { sensitiveOf: () => [] });
    onTestFinished(() => database.close());
    await fill(database);
    const isObject = `"${column}" like '{%'`;
    alter(
      directory,
      `update "${table}" set "${column}" = json_set("${column}", ?, json(?)) where ${isObject}`,
      "$.newer",
      "[1]",
    );
    await read(await reopen(directory));
  });
});

test.each(["via", "decided_by", "result"])("a change whose %s is none is a damaged entry", async (column) => {
  const directory = join(makeTemporaryFolder(), "store");
  await fill(await reopen(directory));
  alter(directory, `update change_entry set "${column}" = ?`, "any");
  await expect(readChanges(await reopen(directory))).rejects.toMatchObject({ code: "store_damaged" });
});

test.each([
  ["empty", ""],
  ["too short", "ab".repeat(31)],
  ["too long", "ab".repeat(33)],
  ["not decodable", "z".repeat(64)],
  ["not decodable at its end", `${"ab".repeat(31)}zz`],
])("a vault key that is %s is a damaged entry, and seals nothing", async (_damage, key) => {
  const directory = join(makeTemporaryFolder(), "store");
  await fill(await reopen(directory));
  alter(directory, "update vault_key set key = ?", key);
  const { storeOf } = await reopen(directory);
  await expect(storeOf(ACME).vaultKey()).rejects.toMatchObject({
    code: "store_damaged",
    message: expect.stringMatching(
      /The store's entry of "vault key" can't be read: .* Restore the store from a backup/,
    ),
  });
});

/** A plan in use is parsed once. */
async function reopen(directory: string): Promise<Database> {
  const database = await openDatabase(directory, { sensitiveOf: () => [] });
  onTestFinished(() => database.close());
  return database;
}

function alter(directory: string, statement: string, ...parameters: readonly string[]): void {
  const file = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
  file.prepare(statement).run(...parameters);
  file.close();
}
