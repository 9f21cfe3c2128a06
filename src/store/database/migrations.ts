import { OperationalError, STORE_TOO_NEW } from "../../model/errors/operational-error.ts";
import { EARLY_MIGRATIONS } from "./early-migrations.ts";
import { NEWEST_TABLES } from "./newest-tables.ts";

/**
 * The tables in SQL that SQLite and PostgreSQL both speak: JSON and times (ISO 8601) as text, truth as 0 or 1, the target first in every
 * key. In order, permanently: a released migration never changes. A migration's version is its place, from 1.
 */
const MIGRATIONS: readonly string[] = [
  ...EARLY_MIGRATIONS,
  // One row, drawn when it is first asked for.
  `create table vault_key (
    id integer primary key,
    key text not null
  );`,
  `create table merge_group (
    target text not null,
    commit_id text not null,
    place text not null,
    body text not null,
    updated_at text not null,
    primary key (target, commit_id)
  );`,
  // Where overridden checks failed in the plan that was approved; for approvals from before, the stored plan says so.
  `alter table approval add column allowances text not null default 'null';`,
  // Of what was applied before, no manifest is known: who causes a difference there stays unknown until it is applied again.
  "alter table owned_object add column manifest text;",
  // The order of decisions no longer depends on clocks. Those from before are put into the order of their times, for want of another one;
  // of two of the same time the rejection counts as the later one. Their subject is known by their revisions alone, and an approval
  // took back every rejection before it.
  `create table decision (
    target text not null,
    seq integer not null,
    id text not null,
    kind text not null,
    request integer,
    head text,
    digest text,
    revision text,
    effects text not null,
    lifts text not null,
    "by" text not null,
    via text not null,
    at text not null,
    primary key (target, seq)
  );
  create unique index decision_single on decision (target, id);
  create table decision_count (
    target text primary key,
    last integer not null
  );
  insert into decision (target, seq, id, kind, digest, revision, effects, lifts, "by", via, at)
    select target, row_number() over (partition by target order by at, case state when 'rejected' then 1 else 0 end, id),
      id, case state when 'rejected' then 'reject' else 'approve' end, digest, revision, '[]', '[0]', "by", via, at
    from approval;
  insert into decision_count (target, last) select target, max(seq) from decision group by target;`,
  // Of what a release before this one wrote in a rollout that is not finished, only drains are known by their values.
  `alter table journal_entry add column wrote text;
  create index journal_unfinished on journal_entry (org, endpoint, address) where wrote is not null;
  update journal_entry set wrote = case when address like 'cluster.%' then '{"kind":"cluster","set":{"state":"' else '{"kind":"queue","set":{"state":"' end
      || case op when 'drain' then 'drained"}}' else 'active"}}' end
    where op in ('drain', 'activate') and (address like 'cluster.%' or address like 'queue.%')
      and at > (select max(updated_at) from owned_object where owned_object.org = journal_entry.org
        and owned_object.endpoint = journal_entry.endpoint and owned_object.address = journal_entry.address);`,
  // Requests are distinguished by their repository, too. When those from before were opened is not known until they are looked at; of a decision
  // whose request is not kept any more, not even the repository is: it is the one that is configured when the number is met again.
  `create table request_review_by_name (
    target text not null,
    request text not null,
    number integer not null,
    place text not null,
    opened text,
    settled integer not null,
    body text not null,
    review text not null,
    updated_at text not null,
    primary key (target, request)
  );
  insert into request_review_by_name (target, request, number, place, settled, body, review, updated_at)
    select target, place || '#' || number, number, place, settled, body, review, updated_at from request_review;
  alter table decision add column request_name text;
  update decision set request_name = coalesce((select place || '#' || number from request_review
    where request_review.target = decision.target and request_review.number = decision.request), '#' || request) where request is not null;
  alter table decision drop column request;
  alter table decision rename column request_name to request;
  drop table request_review;
  alter table request_review_by_name rename to request_review;
  create index request_review_number on request_review (target, number);`,
  // Of stores from before nothing is known: the first round over the requests finds it.
  `create table known_authors (
    target text primary key,
    body text not null
  );`,
  "alter table decision add column reason text;",
  `create table told_comment (
    place text not null,
    comment text not null,
    written text not null,
    number integer not null,
    "by" text not null,
    said text not null,
    at text not null,
    primary key (place, comment, written)
  );
  create index told_comment_request on told_comment (place, number);`,
  "alter table applied_revision add column place text;",
  // What is owned already is owned from before any later revision.
  "alter table owned_object add column revision text;",
  // The sealing rules of earlier records are unknown: the next pass drops those with values of settings or of Flyte's files.
  `create table sealing (
    id text primary key,
    body text not null
  );
  alter table kept_plan add column sealed_by text not null default '';
  create index kept_plan_sealing on kept_plan (target, sealed_by);
  alter table request_review add column sealed_by text not null default '';
  create index request_review_sealing on request_review (target, sealed_by);`,
  `create table sealed_kept (
    target text not null,
    org text not null,
    endpoint text not null,
    rules text not null,
    primary key (target, org, endpoint)
  );`,
  `create table store_probe (
    id integer primary key,
    at text not null
  );`,
  `create table alarm (
    target text not null,
    type text not null,
    subject text not null,
    serial integer not null,
    since text not null,
    ended_at text,
    primary key (target, type, subject)
  );`,
  // The order of records no longer depends on clocks. Existing ones are put into the order of their times, for want of another one.
  `alter table pass_record add column seq integer not null default 0;
  update pass_record set seq = ranked.place from (select id, row_number() over (order by started_at, id) as place from pass_record) as ranked
    where ranked.id = pass_record.id;
  alter table applied_revision add column seq integer not null default 0;
  update applied_revision set seq = ranked.place from (select target, pass, row_number() over (order by at, pass) as place from applied_revision) as ranked
    where ranked.target = applied_revision.target and ranked.pass = applied_revision.pass;
  alter table audit_entry add column seq integer not null default 0;
  update audit_entry set seq = ranked.place from (select id, row_number() over (order by at, id) as place from audit_entry) as ranked
    where ranked.id = audit_entry.id;
  alter table approval add column seq integer not null default 0;
  update approval set seq = ranked.place from (select id, row_number() over (order by at, id) as place from approval) as ranked
    where ranked.id = approval.id;
  alter table kept_plan add column seq integer not null default 0;
  update kept_plan set seq = ranked.place from (select target, digest, row_number() over (order by made_at, target, digest) as place from kept_plan) as ranked
    where ranked.target = kept_plan.target and ranked.digest = kept_plan.digest;
  alter table journal_entry add column seq integer not null default 0;
  update journal_entry set seq = ranked.place from (select id, row_number() over (order by at, id) as place from journal_entry) as ranked
    where ranked.id = journal_entry.id;
  drop index if exists pass_record_newest;
  create index pass_record_seq on pass_record (seq);
  create index pass_record_order on pass_record (target, seq);
  create index applied_revision_seq on applied_revision (seq);
  create index applied_revision_order on applied_revision (target, seq);
  create index audit_entry_seq on audit_entry (seq);
  create index approval_seq on approval (seq);
  create index kept_plan_seq on kept_plan (seq);
  create index kept_plan_order on kept_plan (target, seq);
  create index journal_entry_seq on journal_entry (seq);`,
  "alter table pause add column registered_as text;",
  // Of what was written before, the journal has too little: the log begins with this release.
  `create table change_entry (
    id text primary key,
    org text not null,
    endpoint text not null,
    seq integer,
    at text not null,
    run_id text not null,
    step_id text not null,
    address text not null,
    kind text not null,
    physical_name text not null,
    op text not null,
    "before" text,
    "after" text,
    origin text not null,
    revision text,
    digest text not null,
    target text,
    via text not null,
    decided_by text not null,
    "by" text not null,
    approval text,
    overrides text not null,
    result text,
    sealed_by text not null
  );
  create unique index change_entry_seq on change_entry (org, endpoint, seq);
  create index change_entry_address on change_entry (org, endpoint, address, seq);
  create index change_entry_sealing on change_entry (org, endpoint, sealed_by);
  create table change_count (
    org text not null,
    endpoint text not null,
    last integer not null,
    primary key (org, endpoint)
  );`,
  `create table requests_trouble (
    target text primary key,
    code text not null,
    message text not null,
    since text not null,
    next_at text not null
  );`,
  // The effects of the plans that a request showed, by which a rejection is matched to the plan it names, even when it is read late.
  `create table shown_plan (target text not null, request text not null, digest text not null, effects text not null,
    primary key (target, request, digest));`,
  // Where objects of flyteadmin and delivered files stand. Of those from before it is not known: the first place that is named counts as theirs.
  `create table owned_object_by_place (
    org text not null,
    endpoint text not null,
    place text not null,
    address text not null,
    physical_name text not null,
    previous_names text not null,
    prevent_destroy integer not null,
    on_remove text not null,
    applied text,
    updated_at text not null,
    manifest text,
    revision text,
    primary key (org, endpoint, place, address)
  );
  insert into owned_object_by_place (org, endpoint, place, address, physical_name, previous_names, prevent_destroy, on_remove, applied, updated_at,
      manifest, revision)
    select org, endpoint, '', address, physical_name, previous_names, prevent_destroy, on_remove, applied, updated_at, manifest, revision
    from owned_object;
  drop table owned_object;
  alter table owned_object_by_place rename to owned_object;
  alter table journal_entry add column place text not null default '';`,
  // After a restore the numbers of the change log continue from the time in milliseconds.
  `create table change_count_wide (
    org text not null,
    endpoint text not null,
    last bigint not null,
    primary key (org, endpoint)
  );
  insert into change_count_wide (org, endpoint, last) select org, endpoint, last from change_count;
  drop table change_count;
  alter table change_count_wide rename to change_count;
  drop index change_entry_seq;
  drop index change_entry_address;
  alter table change_entry rename column seq to seq_narrow;
  alter table change_entry add column seq bigint;
  update change_entry set seq = seq_narrow;
  alter table change_entry drop column seq_narrow;
  create unique index change_entry_seq on change_entry (org, endpoint, seq);
  create index change_entry_address on change_entry (org, endpoint, address, seq);`,
  "alter table owned_object add column released integer not null default 0;",
  // Of what is not in the journal any more, the place is not known.
  `alter table change_entry add column place text not null default '';
  update change_entry set place = coalesce((select place from journal_entry where journal_entry.id = change_entry.id), '');`,
  // Releases before kept addresses of deleted pools and clusters as they were, with any credentials in them.
  `update journal_entry set body = null
    where op = 'delete' and (address like 'cluster_pool.%' or address like 'cluster.%') and (body like '%@%' or body like '%=%');`,
  // What earlier replacements left is unknown.
  "alter table owned_object add column left_names text;",
  // What manifests call sensitive outlives them, and the records of what they stood for.
  `create table sensitive_name (
    org text not null,
    endpoint text not null,
    subject text not null,
    name text not null,
    primary key (org, endpoint, subject, name)
  );`,
  "alter table journal_entry add column sent_at text; alter table journal_entry add column write_ms bigint;",
  // Leases of releases before don't say how long they last: longer than any was by default.
  "alter table writer_lease add column lasts_ms integer not null default 600000;",
  "alter table outbox_entry add column sender text not null default '';",
  // Releases before had it in the last part of the step's name alone.
  `alter table journal_entry add column phase text;
  update journal_entry set phase = case
    when step_id like '%/write-out' then 'write-out'
    when step_id like '%/restore' then 'restore'
    when step_id like '%/release' then 'release'
    when step_id like '%/park' then 'park'
    when step_id like '%/let-go' then 'let-go'
    when step_id like '%/take-back' then 'take-back'
  end;`,
  // Releases before this one don't notice that the tables are not theirs any more: without a lease by its name they write nothing.
  "alter table writer_lease rename to lease;",
  "alter table owned_object add column unconfirmed integer not null default 0;",
  // What of a record others ask for by it. Of records from before it is not known until they are written again: their heads are "".
  `alter table request_review add column head text not null default '';
  alter table request_review add column undecided integer not null default 1;
  create index request_review_head on request_review (place, head);
  create index request_review_name on request_review (request);
  create index request_review_undecided on request_review (target, undecided);`,
  // What an author's requests have shown has a limit. Of what was shown before, the author is not known: it counts for none.
  "alter table shown_plan add column author text not null default '';",
  // Entries of one action are found without reading those of others.
  `create index audit_entry_action on audit_entry (action, seq);
  create index audit_entry_target on audit_entry (target, action, seq);`,
  // No table changes: a release from before knows no merge that brought a request as a part of something else, and could read no review of a target that has one.
  "select 1;",
  // What was written before, and is whole or not, is not known.
  `create table settled_change (
    org text not null,
    endpoint text not null,
    seq bigint not null,
    primary key (org, endpoint)
  );
  insert into settled_change (org, endpoint, seq) select org, endpoint, max(seq) from change_entry where seq is not null group by org, endpoint;
  create index told_comment_at on told_comment (at);`,
  // Messages are in the order in which they were added, and those about each target a line of their own, whose first is found by an index. The
  // target of those from before is what their key begins with: names of targets have no slash.
  `alter table outbox_entry add column target text not null default ''; alter table outbox_entry add column seq integer not null default 0;
  alter table outbox_entry add column turn integer not null default 0; alter table outbox_entry add column rests integer not null default 0;
  alter table outbox_entry add column left_out integer not null default 0; alter table alarm add column untold text not null default '[]';
  update outbox_entry set target = substr("key", 1, length("key")
    - length(ltrim("key", 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.')));
  update outbox_entry set seq = ranked.place from (select id, row_number() over (order by added_at, id) as place from outbox_entry) as ranked
    where ranked.id = outbox_entry.id;
  create index outbox_entry_line on outbox_entry (target, receiver, seq, id) where ended_at is null;
  create index outbox_entry_ended on outbox_entry (target, receiver, seq) where ended_at is not null;
  create index outbox_entry_sender on outbox_entry (sender) where ended_at is null and sender <> '';
  create index outbox_entry_served on outbox_entry (target, receiver, turn);
  create index outbox_entry_turn on outbox_entry (turn); create index outbox_entry_seq on outbox_entry (seq);`,
];

/** The version of a store that is up to date. */
export const STORE_VERSION = MIGRATIONS.length;

/** Makes the table of versions where it is missing; run before {@link READ_VERSION}. */
export const PREPARE_VERSIONS = "create table if not exists store_migration (version integer primary key)";
/** One row whose `version` is the newest that was run, 0 in a new store. */
export const READ_VERSION = "select coalesce(max(version), 0) as version from store_migration";

/** How far ago, and ahead, a running daemon's last proof of a write is at most, in milliseconds: it makes one every ten seconds. */
export const PROOF_WITHIN_MS = 30_000;
/** A row where a daemon has proven a write between two times of the store's clock, in SQL; for versions of which {@link isOfDaemon} is true. */
export const readProof = (earliest: string, latest: string) =>
  `select id from store_probe where at between ${earliest} and ${latest}`;
/** The version of a store since which daemons prove their writes. */
const PROVEN_SINCE = 21;

/** Whether a store is to be upgraded and may be in use by a daemon of an earlier release, which would have to stop. */
export function isOfDaemon(version: number): boolean {
  return version >= PROVEN_SINCE && version < STORE_VERSION;
}

/** The OperationalError `store_not_upgraded`: a daemon of an earlier release is running on the store at `place`. */
export function notUpgraded(version: number, place: string): OperationalError {
  return new OperationalError(
    "store_not_upgraded",
    `The store at ${place} has version ${version}, from an earlier release than this poolkeeper (${STORE_VERSION}), and a daemon was running on it within the last 30 seconds: an upgrade of the tables would stop it. Nothing was changed. Use the poolkeeper of that daemon's release, or replace the daemon first.`,
    { next: "stop" },
  );
}

/**
 * The statements that bring a store of a version up to date; none when it is. They are to run in the transaction that read
 * the version, one process at a time. Throws an OperationalError when a newer poolkeeper wrote the store at `place`.
 */
export function listMissingMigrations(version: number, place: string): readonly string[] {
  refuseNewer(version, place);
  return MIGRATIONS.flatMap((statements, index) => (index < version ? [] : [statements, noteVersion(index + 1)]));
}

/** The statements that give a new store on SQLite what all migrations give it, in a tenth of the time: each change of a table has SQLite read all of them again. */
export function listNewestTables(): readonly string[] {
  return [NEWEST_TABLES, ...MIGRATIONS.map((_, index) => noteVersion(index + 1))];
}

function noteVersion(version: number): string {
  return `insert into store_migration (version) values (${version})`;
}

/** Throws an OperationalError where a store of that version was upgraded by a newer release: nothing may be written to it as it was before. */
export function refuseNewer(version: number, place: string): void {
  if (version <= STORE_VERSION) return;
  throw new OperationalError(
    STORE_TOO_NEW,
    `The store at ${place} was upgraded by a newer release: it has version ${version}, and this poolkeeper supports ${STORE_VERSION}. Use that release, or another store.`,
    { next: "stop" },
  );
}
