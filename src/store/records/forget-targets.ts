import type { BodyRow } from "../database/record-tables.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";
import { readStateBody } from "./state-body.ts";

/** What is known of a target beside its state. */
const TABLES = [
  ...["sighting_list", "pass_record", "pass_request", "kept_plan"],
  ...["approval", "decision", "decision_count", "pause", "applied_revision", "request_review", "merge_group"],
  ...["known_authors", "requests_trouble", "sealed_kept", "alarm", "shown_plan"],
] as const;

/** Removes all of targets that are not configured any more and were not looked at since `before`; gives their names, sorted. */
export async function forgetTargets(
  connection: StoreConnection,
  configured: readonly string[],
  before: string,
): Promise<readonly string[]> {
  const known = new Set(configured);
  const rows = await connection.db.selectFrom("target_state").selectAll().execute();
  const old = rows.filter((row) => !known.has(row.target) && isOlder(row, before));
  const forgotten: string[] = [];
  for (const row of old) if (await connection.transact(() => forget(connection, row))) forgotten.push(row.target);
  return forgotten.sort();
}

function isOlder({ target, body }: BodyRow, before: string): boolean {
  return readStateBody(body, target).updated_at < before;
}

/** A pass of a replica with another configuration may have been made in the meantime: then everything stays. */
function* forget({ db }: StoreConnection, { target, body }: BodyRow): Statements<boolean> {
  const forgotten = yield db.deleteFrom("target_state").where("target", "=", target).where("body", "=", body);
  if (forgotten === 0) return false;
  for (const table of TABLES) yield db.deleteFrom(table).where("target", "=", target);
  return true;
}
