import type { StoreTables } from "./store-schema.ts";

/** How a table is read in pages. */
export interface KeptTable {
  readonly name: KeptName;
  /** Its primary key. */
  readonly key: readonly string[];
  /** Rows of one page: few where one may be megabytes. */
  readonly page: number;
  /** Whether a store that holds nothing else may have rows in it. */
  readonly isGiven: boolean;
}

/** Leases are not kept, nor when a write was proven: both are a matter of the moment. */
/** The name of a table that a backup holds. */
export type KeptName = Exclude<keyof StoreTables, "lease" | "store_probe">;
type Keys = { readonly [Name in KeptName]: readonly (keyof StoreTables[Name] & string)[] };

const KEYS: Keys = {
  owned_object: ["org", "endpoint", "place", "address"],
  journal_entry: ["id"],
  change_entry: ["id"],
  change_count: ["org", "endpoint"],
  settled_change: ["org", "endpoint"],
  target_state: ["target"],
  sighting_list: ["target"],
  pass_record: ["id"],
  pass_request: ["id"],
  kept_plan: ["target", "digest"],
  approval: ["id"],
  decision: ["target", "seq"],
  decision_count: ["target"],
  pause: ["id"],
  applied_revision: ["target", "pass"],
  request_review: ["target", "request"],
  shown_plan: ["target", "request", "digest"],
  merge_group: ["target", "commit_id"],
  known_authors: ["target"],
  requests_trouble: ["target"],
  told_comment: ["place", "comment", "written"],
  audit_entry: ["id"],
  alarm: ["target", "type", "subject"],
  outbox_entry: ["id"],
  webhook_delivery: ["id"],
  ended_session: ["id"],
  session_epoch: ["token"],
  vault_key: ["id"],
  sealing: ["id"],
  sealed_kept: ["target", "org", "endpoint"],
  sensitive_name: ["org", "endpoint", "subject", "name"],
};

/** Rows of these may hold a whole plan, all that one does, or whole files. */
const HEAVY: ReadonlySet<string> = new Set([
  "kept_plan",
  "pass_record",
  "request_review",
  "shown_plan",
  "change_entry",
]);

/** Every table that a backup holds, in the order in which it does. */
export const KEPT_TABLES: readonly KeptTable[] = (Object.keys(KEYS) as KeptName[]).map(describeTable);

/** How one table is read. */
export function describeTable(name: KeptName): KeptTable {
  return { name, key: KEYS[name], page: HEAVY.has(name) ? 5 : 200, isGiven: name === "vault_key" };
}
