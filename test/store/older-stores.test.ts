import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import type { Address } from "../../src/model/address.ts";
import { PHASES, type Phase } from "../../src/model/plan/step.ts";
import { nameRequest } from "../../src/model/reviews/name-request.ts";
import { holdLease } from "../../src/store/leases/hold-lease.ts";
import { openDatabase, openStore } from "../../src/store/open-store.ts";
import { writeReviewBody } from "../../src/store/records/review-body.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { ACME } from "./acme.ts";
import { makeKeptPlan } from "./make-kept-plan.ts";
import { makeOwnedQueue } from "./make-owned-queue.ts";
import { makeApproval, makeAudit, makeDecision, makePass, makeReviewRecord } from "./make-records.ts";
import { writable } from "./writable.ts";

/** Since which version of the store rows are numbered. */
const SEQ_VERSION = 23;

/** Since which version objects of flyteadmin and delivered files are of one place. */
const PLACES_VERSION = 28;

/** Since which version the journal holds no credentials of addresses. */
const CLEAN_VERSION = 32;

/** Takes out the numbers of rows, by which they are in order. */
const FORGET_SEQ = ["pass_record", "applied_revision", "audit_entry", "approval", "kept_plan", "journal_entry"]
  .map((table) => `drop index ${table}_seq; drop index if exists ${table}_order; alter table ${table} drop column seq`)
  .concat("")
  .join("; ");

/** Takes out when writes were sent, how long leases last, and who sends messages. */
const FORGET_SENT =
  "alter table owned_object drop column unconfirmed; alter table lease rename to writer_lease; alter table journal_entry drop column phase; alter table journal_entry drop column sent_at; alter table journal_entry drop column write_ms; alter table writer_lease drop column lasts_ms; alter table outbox_entry drop column sender";

/** Takes out by what entries of the audit are found by their action, and what of the change log is whole. */
const FORGET_ACTIONS =
  "drop table if exists settled_change; drop index if exists told_comment_at; drop index if exists audit_entry_action; drop index if exists audit_entry_target";

/** Takes out the order of messages, and by what it is found. */
const FORGET_LINES = `${["line", "ended", "sender", "served", "turn", "seq"].map((name) => `drop index outbox_entry_${name}`).join("; ")};
  ${["target", "seq", "turn", "rests", "left_out"].map((column) => `alter table outbox_entry drop column ${column}`).join("; ")}; alter table alarm drop column untold`;

/** Takes out by what requests are found, and whose plans were shown. */
const FORGET_HEADS = `${FORGET_ACTIONS}; alter table shown_plan drop column author; drop index request_review_head; drop index request_review_name; drop index request_review_undecided; alter table request_review drop column head; alter table request_review drop column undecided`;

/** Takes out where objects stand. */
const FORGET_PLACES = `${FORGET_LINES}; drop table if exists sensitive_name; alter table owned_object drop column left_names; alter table owned_object drop column released; create table owned_before as select * from owned_object; drop table owned_object;
  alter table owned_before rename to owned_object; alter table owned_object drop column place; alter table journal_entry drop column place; alter table change_entry drop column place; ${FORGET_ACTIONS}; ${FORGET_SENT}`;

/** Takes out what releases before did not have; the table of requests is made anew by what follows. */
const FORGET_LATEST = `${FORGET_PLACES}; drop table shown_plan; drop table requests_trouble; drop table change_entry; drop table change_count; drop table store_probe; alter table pause drop column registered_as; ${FORGET_SEQ}; drop table alarm; drop table sealing; drop table sealed_kept; drop index kept_plan_sealing; alter table kept_plan drop column sealed_by`;

describe("a store in a directory", () => {
  test("a lease that an older release holds in it, which knows of no grace, is held until it expires", async () => {
    const directory = makeTemporaryFolder();
    const store = await openStore(directory, ACME);
    const { record } = await holdLease(store.leases);
    const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
    database.exec("update lease set free_at = ''");
    await expect(holdLease(store.leases)).rejects.toThrow(`the lease expires at ${record.expires_at}`);
    database.exec("update lease set expires_at = '2026-01-01T00:00:00.000Z'");
    database.close();
    expect((await holdLease(store.leases)).record.fencing_number).toBe(2);
    await store.close();
  });

  test("a plan that an older release kept, which did not mark what is in it, is there and is written once more", async () => {
    const directory = makeTemporaryFolder();
    const plan = makeKeptPlan({ digest: "a".repeat(64) });
    const first = await openDatabase(directory);
    await first.records.keepPlan(plan);
    await first.close();
    const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
    database.exec("alter table kept_plan drop column body_hash; drop table request_review");
    database.exec(
      "drop table ended_session; drop table session_epoch; drop table vault_key; drop table merge_group; drop table known_authors",
    );
    database.exec("alter table approval drop column allowances; alter table owned_object drop column manifest");
    database.exec("alter table owned_object drop column revision");
    database.exec("drop table decision; drop table decision_count; drop table told_comment");
    database.exec(
      "drop index journal_unfinished; alter table journal_entry drop column wrote; alter table applied_revision drop column place",
    );
    database.exec(FORGET_LATEST);
    database.exec("delete from store_migration where version > 3");
    database.close();
    const { records, close } = await openDatabase(directory);
    expect(await records.readPlan("prod", plan.digest)).toEqual(plan);
    const later = { ...plan, made_at: "2026-11-02T12:00:00.000Z" };
    await records.keepPlan(later);
    await records.keepPlan({ ...plan, made_at: "2026-11-03T12:00:00.000Z" });
    expect(await records.readPlan("prod", plan.digest)).toEqual(later);
    await close();
  });

  test("what an older release recorded is in the order of its times, and what is written from then on comes after it", async () => {
    const directory = makeTemporaryFolder();
    const first = await openDatabase(directory);
    const at = (hour: number) => `2026-11-01T1${hour}:00:00.000Z`;
    for (const hour of [2, 0, 1]) {
      await first.records.recordPass(makePass({ id: `${hour}`, started_at: at(hour) }));
      await first.records.addAudit(makeAudit({ id: `${hour}`, at: at(hour) }));
      await first.records.keepPlan({ ...makeKeptPlan({ digest: "a".repeat(63) + hour }), made_at: at(hour) });
    }
    await first.close();
    const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
    database.exec(
      `${FORGET_PLACES}; ${FORGET_HEADS}; ${FORGET_SEQ}; alter table pause drop column registered_as; drop table change_entry`,
    );
    database.exec("drop table change_count; drop table requests_trouble; drop table shown_plan");
    database.exec(`delete from store_migration where version >= ${SEQ_VERSION}`);
    database.close();
    const { records, close } = await openDatabase(directory);
    const listed = async () => [
      (await records.readPasses("prod", 9)).map(({ id }) => Number(id)),
      (await records.readAudit(null, 9)).map(({ id }) => Number(id)),
      (await records.findPlans("a".repeat(63))).map(({ digest }) => Number(digest.at(-1))),
    ];
    expect(await listed()).toEqual([
      [2, 1, 0],
      [2, 1, 0],
      [2, 1, 0],
    ]);
    await records.recordPass(makePass({ id: "3", started_at: at(0) }));
    await records.addAudit(makeAudit({ id: "3", at: at(0) }));
    await records.keepPlan({ ...makeKeptPlan({ digest: `${"a".repeat(63)}3` }), made_at: at(0) });
    expect(await listed()).toEqual([
      [3, 2, 1, 0],
      [3, 2, 1, 0],
      [3, 2, 1, 0],
    ]);
    await close();
  });

  test("what an older release recorded was decided in the order of its times, the rejection last of those of one time", async () => {
    const directory = makeTemporaryFolder();
    const first = await openDatabase(directory);
    const at = (day: number) => `2026-11-0${day}T12:00:00.000Z`;
    const given = [
      makeApproval({ id: "late", digest: "c".repeat(64), at: at(3) }),
      makeApproval({ id: "early", digest: "a".repeat(64), at: at(1), state: "done" }),
      makeApproval({ id: "no", digest: "b".repeat(64), at: at(2), state: "rejected", by: "carol" }),
      makeApproval({ id: "same", digest: "d".repeat(64), at: at(2), state: "superseded" }),
    ];
    for (const approval of given) await first.records.addApproval(approval, makeAudit());
    await first.close();
    const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
    database.exec("drop table decision; drop table decision_count; delete from store_migration where version > 10");
    database.exec("alter table owned_object drop column revision");
    database.exec("drop table known_authors; drop table told_comment");
    database.exec(
      "drop index journal_unfinished; alter table journal_entry drop column wrote; alter table applied_revision drop column place",
    );
    database.exec(FORGET_LATEST);
    database.close();
    const { records, close } = await openDatabase(directory);
    const decisions = await records.readDecisions("prod");
    expect(decisions.map(({ seq, id, kind, revision }) => [seq, id, kind, revision])).toEqual([
      [1, "early", "approve", "abc"],
      [2, "same", "approve", "abc"],
      [3, "no", "reject", "abc"],
      [4, "late", "approve", "abc"],
    ]);
    await records.addRejection(makeDecision(), makeAudit());
    expect((await records.readDecisions("prod")).at(-1)).toMatchObject({ seq: 5, kind: "reject" });
    await close();
  });

  test("requests of an older release are known by their repository, and their decisions with them", async () => {
    const directory = makeTemporaryFolder();
    await (await openDatabase(directory)).close();
    const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
    database.exec(`drop table request_review; create table request_review (target text not null, number integer not null,
      place text not null, settled integer not null, body text not null, review text not null, updated_at text not null,
      primary key (target, number));
      drop table told_comment;
      alter table decision drop column request; alter table decision add column request integer;
      alter table decision drop column reason;
      alter table applied_revision drop column place;
      alter table owned_object drop column revision;
      drop table known_authors; delete from store_migration where version > 12`);
    database.exec(FORGET_LATEST);
    const record = makeReviewRecord();
    const { target, number, place, updated_at } = record;
    database
      .prepare("insert into request_review values (?, ?, ?, 0, ?, 'null', ?)")
      .run(target, number, place, writeReviewBody(record), updated_at);
    const decide = database.prepare(
      `insert into decision (target, seq, id, kind, request, effects, lifts, "by", via, at) values ('prod', ?, ?, 'reject', ?, '[]', '[]', 'x', 'x', 'x')`,
    );
    for (const [index, request] of [number, 8, null].entries()) decide.run(index + 1, `${index}`, request);
    database.close();
    const { records, close } = await openDatabase(directory);
    expect(await records.readReviews("prod")).toEqual([record]);
    expect((await records.readReview("prod", nameRequest(record)))?.record).toEqual(record);
    // By what had no columns of its own then, too.
    const at = (head: string) => records.readReviewsAt(place, head, { targets: ["prod"], besides: null, most: 1 });
    expect([await at(record.head), await at("f".repeat(40))]).toEqual([[record], []]);
    expect(await records.readUndecided("prod")).toEqual([]);
    const requests = (await records.readDecisions("prod")).map(({ request }) => request);
    expect(requests).toEqual([nameRequest(record), "#8", null]);
    await close();
  });

  test("what a rollout of an older release drained and has not finished counts as its own", async () => {
    const directory = makeTemporaryFolder();
    const store = await writable(await openStore(directory, ACME));
    await store.recordAllOwned([makeOwnedQueue("a"), makeOwnedQueue("b")]);
    for (const [name, year] of [
      ["a", "2099"],
      ["b", "1999"],
    ] as const) {
      const entry = {
        run_id: "1",
        step_id: "s",
        address: `queue.${name}`,
        physical_name: name,
        op: "drain",
        phase: null,
      } as const;
      const id = await store.recordIntent({ ...entry, body: null, wrote: null, at: `${year}-01-01T00:00:00.000Z` });
      await store.recordOutcome(id, "confirmed");
    }
    await store.close();
    const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
    database.exec(
      "drop index journal_unfinished; alter table journal_entry drop column wrote; alter table applied_revision drop column place",
    );
    database.exec("drop table told_comment; alter table decision drop column reason");
    database.exec(FORGET_LATEST);
    database.exec("drop table known_authors; delete from store_migration where version > 11");
    database.exec("alter table owned_object drop column revision");
    database.close();
    const later = await openStore(directory, ACME);
    const drained = { kind: "queue", op: "drain", set: { state: "drained" } };
    expect(await later.readOwnWrites()).toEqual([
      { address: "queue.a", physical_name: "a", phase: null, ...drained, has_arrived: true },
    ]);
    await later.close();
  });

  test("what an older release wrote out is known by the name of its step", async () => {
    const directory = makeTemporaryFolder();
    const store = await writable(await openStore(directory, ACME));
    const entry = { run_id: "1", address: "cluster.c1", physical_name: "any", op: "update", phase: null } as const;
    for (const step_id of ["cluster.c1/update/queue.any/write-out", "queue.park/update"]) {
      const at = "2026-11-01T12:00:00.000Z";
      await store.recordIntent({ ...entry, step_id, body: null, wrote: null, at });
    }
    await store.close();
    const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
    database.exec(
      `${FORGET_LINES}; ${FORGET_HEADS}; alter table owned_object drop column unconfirmed; alter table lease rename to writer_lease; alter table journal_entry drop column phase; delete from store_migration where version > 37`,
    );
    database.close();
    const later = await openStore(directory, ACME);
    expect((await later.readOpenIntents()).map(({ phase }) => phase)).toEqual(["write-out", null]);
    await later.close();
  });

  test("so is what it has written since a newer one has upgraded the tables", async () => {
    const directory = makeTemporaryFolder();
    const store = await writable(await openStore(directory, ACME));
    const entry = { run_id: "1", op: "update", body: null, wrote: null, at: "2026-11-01T12:00:00.000Z" } as const;
    const record = async (step_id: string, phase: Phase | null, physical_name = "any", address = "cluster.c1") => {
      const id = await store.recordIntent({ ...entry, address: address as Address, physical_name, step_id, phase });
      await store.recordSent(id, 1000);
    };
    for (const phase of PHASES) await record(`cluster.c1/update/queue.any/${phase}`, phase);
    await record("queue.release/update", null, "release", "queue.release");
    await record("queue.q/update/queue.park", null, "park", "queue.q");
    // The row of a project that is called as a phase is.
    await record("settings.of/update/settings.acme/release", null, "acme/release", "settings.of");
    const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
    database.exec("update journal_entry set phase = null");
    database.close();
    const phases = [...PHASES, null, null, null];
    expect((await store.readOpenIntents()).map(({ phase }) => phase)).toEqual(phases);
    expect((await store.readWritten("1")).map(({ phase }) => phase)).toEqual(phases);
    await store.close();
  });

  test("what an older release applied at flyteadmin or delivered counts at the first places that are named, and nowhere else", async () => {
    const directory = makeTemporaryFolder();
    const store = await writable(await openStore(directory, ACME));
    const row = {
      ...makeOwnedQueue("dev"),
      address: "execution_cluster_label.dev",
      kind: "execution_cluster_label",
    } as const;
    await store.recordAllOwned([row, makeOwnedQueue("a")]);
    const intent = {
      run_id: "1",
      step_id: "s",
      physical_name: "f",
      op: "create",
      phase: null,
      body: null,
      wrote: null,
    } as const;
    await store.recordIntent({ ...intent, address: "flyte_clusters.f", at: "2026-11-01T12:00:00.000Z" });
    await store.close();
    const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
    database.exec(`${FORGET_PLACES}; ${FORGET_HEADS}`);
    database.exec(`delete from store_migration where version >= ${PLACES_VERSION}`);
    database.close();
    const [one, other] = [
      { flyteadmin: "https://one", delivery: "/one" },
      { flyteadmin: "https://other", delivery: "/other" },
    ];
    const known = async (places: object) => {
      const opened = await openStore(directory, { ...ACME, ...places });
      const [owned, open] = [await opened.readOwned(), await opened.readOpenIntents()];
      await opened.close();
      return [...owned, ...open].map(({ address }) => address);
    };
    expect(await known(one)).toEqual([row.address, "queue.a", "flyte_clusters.f"]);
    expect(await known(other)).toEqual(["queue.a"]);
    expect(await known(one)).toEqual([row.address, "queue.a", "flyte_clusters.f"]);
  });

  test("of bodies of deleted pools and clusters that an older release kept, those are dropped that may hold credentials", async () => {
    const directory = makeTemporaryFolder();
    const store = await writable(await openStore(directory, ACME));
    const row = {
      run_id: "1",
      step_id: "s",
      op: "delete",
      phase: null,
      wrote: null,
      at: "2026-11-01T12:00:00.000Z",
    } as const;
    const keep = (address: `${"cluster_pool" | "cluster" | "queue"}.${string}`, uri: string) =>
      store.recordIntent({ ...row, address, physical_name: "a", body: { uri } });
    await keep("cluster_pool.a", "s3://AKIA:hunter2@bucket");
    await keep("cluster.a", "https://bucket?sig=hunter2");
    await keep("cluster_pool.b", "s3://bucket");
    await keep("queue.a", "a@b");
    await store.close();
    const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
    database.exec(
      `${FORGET_LINES}; ${FORGET_HEADS}; drop table sensitive_name; alter table owned_object drop column left_names; ${FORGET_SENT}; delete from store_migration where version >= ${CLEAN_VERSION}`,
    );
    database.close();
    const opened = await openStore(directory, ACME);
    const bodies = (await opened.readOpenIntents()).map(({ address, body }) => [address, body]);
    await opened.close();
    expect(bodies).toEqual([
      ["cluster_pool.a", null],
      ["cluster.a", null],
      ["cluster_pool.b", { uri: "s3://bucket" }],
      ["queue.a", { uri: "a@b" }],
    ]);
  });

  test("messages that an older release has added are in the order of their times, for each target apart", async () => {
    const directory = makeTemporaryFolder();
    await (await openDatabase(directory)).close();
    const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
    database.exec(`${FORGET_LINES}; delete from store_migration where version > 45`);
    const [first, second, third] = [0, 1, 2].map((minute) => `2026-11-01T12:0${minute}:00.000Z`);
    database.exec(`insert into outbox_entry (id, receiver, "key", body, attempts, due_at, added_at) values
      ('z', 'chat', 'a-1/failed/x/y', '{}', 0, '${first}', '${first}'), ('a', 'chat', 'a-1/recovered/x', '{}', 0, '${first}', '${second}'),
      ('b', 'chat', 'b/failed', '{}', 0, '${first}', '${third}')`);
    database.close();
    const { records, close } = await openDatabase(directory);
    expect((await records.readLines("a-1")).map(({ messages }) => messages)).toEqual([1]);
    const taken: string[] = [];
    for (const _turn of [1, 2, 3]) {
      for (const { id } of await records.takeOutbox(9, 60_000)) {
        taken.push(id);
        await records.endOutbox(id);
      }
    }
    expect(taken).toEqual(["z", "b", "a"]);
    await close();
  });
});
