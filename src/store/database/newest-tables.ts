/** The tables of a store on SQLite that has been through all migrations. Written by `npx vitest run test/store/newest-tables.test.ts --update`. */
export const NEWEST_TABLES = `
CREATE TABLE alarm (
    target text not null,
    type text not null,
    subject text not null,
    serial integer not null,
    since text not null,
    ended_at text, untold text not null default '[]',
    primary key (target, type, subject)
  );
CREATE TABLE applied_revision (
    target text not null,
    pass text not null,
    revision text not null,
    at text not null,
    digest text not null,
    approval text, place text, seq integer not null default 0,
    primary key (target, pass)
  );
CREATE TABLE approval (
    id text primary key,
    target text not null,
    digest text not null,
    revision text,
    "by" text not null,
    via text not null,
    at text not null,
    expires_at text not null,
    overrides text not null,
    state text not null
  , allowances text not null default 'null', seq integer not null default 0);
CREATE TABLE audit_entry (
    id text primary key,
    at text not null,
    target text,
    who text not null,
    via text not null,
    action text not null,
    details text not null
  , seq integer not null default 0);
CREATE TABLE "change_count" (
    org text not null,
    endpoint text not null,
    last bigint not null,
    primary key (org, endpoint)
  );
CREATE TABLE change_entry (
    id text primary key,
    org text not null,
    endpoint text not null,
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
  , seq bigint, place text not null default '');
CREATE TABLE decision (
    target text not null,
    seq integer not null,
    id text not null,
    kind text not null,
    head text,
    digest text,
    revision text,
    effects text not null,
    lifts text not null,
    "by" text not null,
    via text not null,
    at text not null, request text, reason text,
    primary key (target, seq)
  );
CREATE TABLE decision_count (
    target text primary key,
    last integer not null
  );
CREATE TABLE ended_session (
    id text primary key,
    expires_at text not null
  );
CREATE TABLE journal_entry (
    id text primary key,
    org text not null,
    endpoint text not null,
    run_id text not null,
    step_id text not null,
    address text not null,
    physical_name text not null,
    op text not null,
    body text,
    at text not null,
    status text not null,
    message text
  , wrote text, seq integer not null default 0, place text not null default '', sent_at text, write_ms bigint, phase text);
CREATE TABLE kept_plan (
    target text not null,
    digest text not null,
    revision text,
    made_at text not null,
    body text not null, body_hash text not null default '', sealed_by text not null default '', seq integer not null default 0,
    primary key (target, digest)
  );
CREATE TABLE known_authors (
    target text primary key,
    body text not null
  );
CREATE TABLE "lease" (
    org text not null,
    endpoint text not null,
    id text not null,
    host text not null,
    pid integer not null,
    machine text,
    started text,
    fencing_number integer not null,
    acquired_at text not null,
    expires_at text not null,
    released integer not null, free_at text not null default '', lasts_ms integer not null default 600000,
    primary key (org, endpoint)
  );
CREATE TABLE merge_group (
    target text not null,
    commit_id text not null,
    place text not null,
    body text not null,
    updated_at text not null,
    primary key (target, commit_id)
  );
CREATE TABLE outbox_entry (
    id text primary key,
    receiver text not null,
    "key" text not null,
    body text not null,
    attempts integer not null,
    due_at text not null,
    added_at text not null,
    ended_at text, sender text not null default '', target text not null default '', seq integer not null default 0, turn integer not null default 0, rests integer not null default 0, left_out integer not null default 0,
    unique (receiver, "key")
  );
CREATE TABLE "owned_object" (
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
    revision text, released integer not null default 0, left_names text, unconfirmed integer not null default 0,
    primary key (org, endpoint, place, address)
  );
CREATE TABLE pass_record (
    id text primary key,
    target text not null,
    trigger text not null,
    started_at text not null,
    ended_at text not null,
    revision text,
    digest text,
    outcome text not null
  , seq integer not null default 0);
CREATE TABLE pass_request (
    id text primary key,
    target text not null,
    "by" text not null,
    at text not null,
    revision text
  );
CREATE TABLE pause (
    id text primary key,
    target text not null,
    address text,
    "by" text not null,
    reason text not null,
    at text not null,
    until text
  , registered_as text);
CREATE TABLE "request_review" (
    target text not null,
    request text not null,
    number integer not null,
    place text not null,
    opened text,
    settled integer not null,
    body text not null,
    review text not null,
    updated_at text not null, sealed_by text not null default '', head text not null default '', undecided integer not null default 1,
    primary key (target, request)
  );
CREATE TABLE requests_trouble (
    target text primary key,
    code text not null,
    message text not null,
    since text not null,
    next_at text not null
  );
CREATE TABLE sealed_kept (
    target text not null,
    org text not null,
    endpoint text not null,
    rules text not null,
    primary key (target, org, endpoint)
  );
CREATE TABLE sealing (
    id text primary key,
    body text not null
  );
CREATE TABLE sensitive_name (
    org text not null,
    endpoint text not null,
    subject text not null,
    name text not null,
    primary key (org, endpoint, subject, name)
  );
CREATE TABLE session_epoch (
    token text primary key,
    epoch integer not null
  );
CREATE TABLE settled_change (
    org text not null,
    endpoint text not null,
    seq bigint not null,
    primary key (org, endpoint)
  );
CREATE TABLE shown_plan (target text not null, request text not null, digest text not null, effects text not null, author text not null default '',
    primary key (target, request, digest));
CREATE TABLE sighting_list (
    target text primary key,
    body text not null
  );
CREATE TABLE store_probe (
    id integer primary key,
    at text not null
  );
CREATE TABLE target_state (
    target text primary key,
    body text not null
  );
CREATE TABLE told_comment (
    place text not null,
    comment text not null,
    written text not null,
    number integer not null,
    "by" text not null,
    said text not null,
    at text not null,
    primary key (place, comment, written)
  );
CREATE TABLE vault_key (
    id integer primary key,
    key text not null
  );
CREATE TABLE webhook_delivery (
    id text primary key,
    taken_at text not null
  );
CREATE INDEX applied_revision_order on applied_revision (target, seq);
CREATE INDEX applied_revision_seq on applied_revision (seq);
CREATE INDEX approval_seq on approval (seq);
CREATE UNIQUE INDEX approval_single on approval (target, digest) where state in ('open', 'running');
CREATE INDEX audit_entry_action on audit_entry (action, seq);
CREATE INDEX audit_entry_newest on audit_entry (at);
CREATE INDEX audit_entry_seq on audit_entry (seq);
CREATE INDEX audit_entry_target on audit_entry (target, action, seq);
CREATE INDEX change_entry_address on change_entry (org, endpoint, address, seq);
CREATE INDEX change_entry_sealing on change_entry (org, endpoint, sealed_by);
CREATE UNIQUE INDEX change_entry_seq on change_entry (org, endpoint, seq);
CREATE UNIQUE INDEX decision_single on decision (target, id);
CREATE INDEX journal_entry_seq on journal_entry (seq);
CREATE INDEX journal_entry_status on journal_entry (org, endpoint, status);
CREATE INDEX journal_unfinished on journal_entry (org, endpoint, address) where wrote is not null;
CREATE INDEX kept_plan_order on kept_plan (target, seq);
CREATE INDEX kept_plan_sealing on kept_plan (target, sealed_by);
CREATE INDEX kept_plan_seq on kept_plan (seq);
CREATE INDEX outbox_entry_ended on outbox_entry (target, receiver, seq) where ended_at is not null;
CREATE INDEX outbox_entry_line on outbox_entry (target, receiver, seq, id) where ended_at is null;
CREATE INDEX outbox_entry_sender on outbox_entry (sender) where ended_at is null and sender <> '';
CREATE INDEX outbox_entry_seq on outbox_entry (seq);
CREATE INDEX outbox_entry_served on outbox_entry (target, receiver, turn);
CREATE INDEX outbox_entry_turn on outbox_entry (turn);
CREATE INDEX pass_record_order on pass_record (target, seq);
CREATE INDEX pass_record_seq on pass_record (seq);
CREATE INDEX request_review_head on request_review (place, head);
CREATE INDEX request_review_name on request_review (request);
CREATE INDEX request_review_number on request_review (target, number);
CREATE INDEX request_review_sealing on request_review (target, sealed_by);
CREATE INDEX request_review_undecided on request_review (target, undecided);
CREATE INDEX told_comment_at on told_comment (at);
CREATE INDEX told_comment_request on told_comment (place, number);
`;
