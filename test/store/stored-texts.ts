import type { StoreTables } from "../../src/store/database/store-schema.ts";

/**
 * What becomes of a text in the store when a value that it may hold becomes sensitive. `plain`: it is an id, a name, a time, a hash or a list
 * of these. `sealed`: it is sealed, or dropped, whatever it says. `masked`: it stays, without the values that the store knows and that are
 * sensitive now; people wrote it, or it is needed.
 */
export type TextDecision = "plain" | "sealed" | "masked";

type TextColumn<Row> = {
  [Column in keyof Row]-?: Extract<Row[Column], string> extends never ? never : Column;
}[keyof Row];

/** Every column with a text of every table. A new one has to be decided about. */
export const STORED_TEXTS: {
  readonly [Table in keyof StoreTables]: { readonly [Column in TextColumn<StoreTables[Table]>]: TextDecision };
} = {
  owned_object: {
    ...{ org: "plain", endpoint: "plain", address: "plain", physical_name: "plain", previous_names: "plain" },
    left_names: "plain",
    place: "plain",
    ...{ on_remove: "plain", applied: "sealed", manifest: "sealed", revision: "plain", updated_at: "plain" },
  },
  journal_entry: {
    ...{ org: "plain", endpoint: "plain", id: "plain", run_id: "plain", step_id: "plain", address: "plain" },
    ...{
      physical_name: "plain",
      op: "plain",
      phase: "plain",
      body: "sealed",
      at: "plain",
      status: "plain",
      message: "sealed",
    },
    ...{ place: "plain", sent_at: "plain" },
    // Of pools, clusters and queues alone, of which no value can be sensitive.
    wrote: "plain",
  },
  change_entry: {
    ...{ org: "plain", endpoint: "plain", id: "plain", at: "plain", run_id: "plain", step_id: "plain" },
    ...{ address: "plain", kind: "plain", physical_name: "plain", op: "plain", before: "sealed", after: "sealed" },
    ...{ origin: "plain", revision: "plain", digest: "plain", target: "plain", via: "plain", decided_by: "plain" },
    ...{ by: "plain", approval: "plain", overrides: "plain", result: "plain", sealed_by: "plain", place: "plain" },
  },
  change_count: { org: "plain", endpoint: "plain" },
  settled_change: { org: "plain", endpoint: "plain" },
  lease: {
    ...{ org: "plain", endpoint: "plain", id: "plain", host: "plain", machine: "plain", started: "plain" },
    ...{ acquired_at: "plain", expires_at: "plain", free_at: "plain" },
  },
  vault_key: { key: "plain" },
  sealed_kept: { target: "plain", org: "plain", endpoint: "plain", rules: "plain" },
  sealing: { id: "plain", body: "plain" },
  sensitive_name: { org: "plain", endpoint: "plain", subject: "plain", name: "plain" },
  target_state: { target: "plain", body: "masked" },
  sighting_list: { target: "plain", body: "sealed" },
  pass_record: {
    ...{ id: "plain", target: "plain", trigger: "plain", started_at: "plain", ended_at: "plain", revision: "plain" },
    ...{ digest: "plain", outcome: "sealed" },
  },
  pass_request: { id: "plain", target: "plain", by: "plain", at: "plain", revision: "plain" },
  kept_plan: {
    ...{ target: "plain", digest: "plain", revision: "plain", made_at: "plain", body: "sealed", body_hash: "plain" },
    sealed_by: "plain",
  },
  approval: {
    ...{ id: "plain", target: "plain", digest: "plain", revision: "plain", by: "plain", via: "plain", at: "plain" },
    ...{ expires_at: "plain", overrides: "plain", allowances: "plain", state: "plain" },
  },
  decision: {
    ...{ target: "plain", id: "plain", kind: "plain", request: "plain", head: "plain", digest: "plain" },
    ...{ revision: "plain", by: "plain", via: "plain", at: "plain", lifts: "plain", reason: "masked" },
    // Hashes, by which a rejected change is known again: without them it would no longer be rejected.
    effects: "plain",
  },
  decision_count: { target: "plain" },
  pause: {
    ...{ id: "plain", target: "plain", address: "plain", by: "plain", at: "plain", until: "plain", reason: "masked" },
    registered_as: "plain",
  },
  applied_revision: {
    ...{ target: "plain", revision: "plain", at: "plain", digest: "plain", pass: "plain", approval: "plain" },
    place: "plain",
  },
  request_review: {
    ...{ target: "plain", request: "plain", place: "plain", opened: "plain", review: "sealed", sealed_by: "plain" },
    // Besides names, hashes and counts the title of the request, and why it was rejected.
    ...{ updated_at: "plain", body: "masked", head: "plain" },
  },
  // Hashes, as of a decision.
  shown_plan: { target: "plain", request: "plain", digest: "plain", author: "plain", effects: "plain" },
  merge_group: { target: "plain", commit_id: "plain", place: "plain", body: "masked", updated_at: "plain" },
  // What a forge says of a call, until the next look.
  requests_trouble: { target: "plain", code: "plain", message: "masked", since: "plain", next_at: "plain" },
  known_authors: { target: "plain", body: "plain" },
  audit_entry: {
    ...{ id: "plain", at: "plain", target: "plain", who: "plain", via: "plain", action: "plain", details: "sealed" },
  },
  told_comment: {
    ...{ place: "plain", comment: "plain", written: "plain", by: "plain", at: "plain", said: "masked" },
  },
  outbox_entry: {
    ...{ id: "plain", receiver: "plain", key: "plain", due_at: "plain", added_at: "plain", ended_at: "plain" },
    ...{ target: "plain", sender: "plain", body: "masked" },
  },
  webhook_delivery: { id: "plain", taken_at: "plain" },
  ended_session: { id: "plain", expires_at: "plain" },
  session_epoch: { token: "plain" },
  store_probe: { at: "plain" },
  alarm: { untold: "plain", target: "plain", type: "plain", subject: "plain", since: "plain", ended_at: "plain" },
};
