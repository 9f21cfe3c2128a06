/** The migrations of the first releases; those that came after them follow in `migrations.ts`. */
export const EARLY_MIGRATIONS: readonly string[] = [
  `create table owned_object (
    org text not null,
    endpoint text not null,
    address text not null,
    physical_name text not null,
    previous_names text not null,
    prevent_destroy integer not null,
    on_remove text not null,
    applied text,
    updated_at text not null,
    primary key (org, endpoint, address)
  );
  create table journal_entry (
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
  );
  create index journal_entry_status on journal_entry (org, endpoint, status);
  create table writer_lease (
    org text not null,
    endpoint text not null,
    holder text not null,
    expires_at text not null,
    primary key (org, endpoint)
  );`,
  // Nothing had taken a lease before.
  `drop table writer_lease;
  create table writer_lease (
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
    released integer not null,
    primary key (org, endpoint)
  );`,
  // What a daemon keeps. A lease says when another one may begin; one that an older release takes or renews does not, and then
  // its expiry alone counts.
  `alter table writer_lease add column free_at text not null default '';
  update writer_lease set free_at = expires_at;
  create table target_state (
    target text primary key,
    body text not null
  );
  create table sighting_list (
    target text primary key,
    body text not null
  );
  create table pass_record (
    id text primary key,
    target text not null,
    trigger text not null,
    started_at text not null,
    ended_at text not null,
    revision text,
    digest text,
    outcome text not null
  );
  create index pass_record_newest on pass_record (target, started_at);
  create table pass_request (
    id text primary key,
    target text not null,
    "by" text not null,
    at text not null,
    revision text
  );
  create table kept_plan (
    target text not null,
    digest text not null,
    revision text,
    made_at text not null,
    body text not null,
    primary key (target, digest)
  );
  create table approval (
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
  );
  create unique index approval_single on approval (target, digest) where state in ('open', 'running');
  create table pause (
    id text primary key,
    target text not null,
    address text,
    "by" text not null,
    reason text not null,
    at text not null,
    until text
  );
  create table applied_revision (
    target text not null,
    pass text not null,
    revision text not null,
    at text not null,
    digest text not null,
    approval text,
    primary key (target, pass)
  );
  create table audit_entry (
    id text primary key,
    at text not null,
    target text,
    who text not null,
    via text not null,
    action text not null,
    details text not null
  );
  create index audit_entry_newest on audit_entry (at);
  create table outbox_entry (
    id text primary key,
    receiver text not null,
    "key" text not null,
    body text not null,
    attempts integer not null,
    due_at text not null,
    added_at text not null,
    ended_at text,
    unique (receiver, "key")
  );
  create table webhook_delivery (
    id text primary key,
    taken_at text not null
  );`,
  // Shows whether a plan is the one that is kept, without reading megabytes; for those from before it is not known.
  `alter table kept_plan add column body_hash text not null default '';`,
  `create table request_review (
    target text not null,
    number integer not null,
    place text not null,
    settled integer not null,
    body text not null,
    review text not null,
    updated_at text not null,
    primary key (target, number)
  );`,
  `create table ended_session (
    id text primary key,
    expires_at text not null
  );
  create table session_epoch (
    token text primary key,
    epoch integer not null
  );`,
];
