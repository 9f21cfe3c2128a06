import { createHash } from "node:crypto";
import type { DaemonRecords } from "../../model/daemon-records.ts";
import type { KeptPlan } from "../../model/pass.ts";
import { DIGEST_DIGITS } from "../../model/show-digest.ts";
import { explainingErrors } from "../explain-store-error.ts";
import { readStoredJson } from "../read-stored-json.ts";
import type { StoreConnection } from "../store-schema.ts";
import type { PlanRow } from "./record-tables.ts";

type PlanRecords = Pick<DaemonRecords, "keepPlan" | "findPlans" | "readLatestPlan">;

/** Plans, once for each digest of a target: the last that was made with it. They may be megabytes. */
export function createPlanRecords(connection: StoreConnection): PlanRecords {
  const explaining = explainingErrors(connection.place);
  return {
    keepPlan: (plan) => explaining(() => keepPlan(connection, plan)),
    findPlans: (digest) => explaining(() => findPlans(connection, digest)),
    readLatestPlan: (target) => explaining(() => readLatestPlan(connection, target)),
  };
}

/** A plan that waits is made again with each pass: what is the latest already is not written again. */
async function keepPlan({ db }: StoreConnection, { plan, ...rest }: KeptPlan): Promise<void> {
  const body = JSON.stringify(plan);
  const body_hash = createHash("sha256").update(body).digest("hex");
  const latest = await selectLatest(db, rest.target).select(["digest", "revision", "body_hash"]).executeTakeFirst();
  const isSame = latest?.digest === rest.digest && latest.revision === rest.revision;
  if (isSame && latest.body_hash === body_hash) return;
  await db
    .insertInto("kept_plan")
    .values({ ...rest, body, body_hash })
    .onConflict((conflict) =>
      conflict.columns(["target", "digest"]).doUpdateSet((row) => ({
        revision: row.ref("excluded.revision"),
        made_at: row.ref("excluded.made_at"),
        body: row.ref("excluded.body"),
        body_hash: row.ref("excluded.body_hash"),
      })),
    )
    .execute();
}

/** Newest first. A beginning that fits several digests finds them all. */
async function findPlans({ db }: StoreConnection, digest: string): Promise<readonly KeptPlan[]> {
  if (digest.length < DIGEST_DIGITS) return [];
  const rows = await db
    .selectFrom("kept_plan")
    .selectAll()
    // Not by `like`: what was typed may hold its wildcards.
    .where((row) => row(row.fn("substr", ["digest", row.lit(1), row.val(digest.length)]), "=", digest))
    .orderBy("made_at", "desc")
    .orderBy("target")
    .execute();
  return rows.map(fromPlanRow);
}

async function readLatestPlan({ db }: StoreConnection, target: string): Promise<KeptPlan | null> {
  const row = await selectLatest(db, target).selectAll().executeTakeFirst();
  return row === undefined ? null : fromPlanRow(row);
}

function selectLatest(db: StoreConnection["db"], target: string) {
  return db.selectFrom("kept_plan").where("target", "=", target).orderBy("made_at", "desc").limit(1);
}

function fromPlanRow({ body, body_hash: _hash, ...rest }: PlanRow): KeptPlan {
  return { ...rest, plan: readStoredJson(body, `plan ${rest.digest}`) };
}
