import { createHash } from "node:crypto";
import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import type { KeptPlan } from "../../model/passes/pass.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { DIGEST_DIGITS } from "../../model/text/digest-digits.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { nextSeq } from "../database/next-seq.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { PlanRow } from "../database/record-tables.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";
import { isStoredPlan } from "../plans/stored-plan-shape.ts";
import { upgradePlan } from "../plans/upgrade-plan.ts";
import { namesSealable, type Sealings } from "../sealing/create-sealings.ts";
import { type BoundedConnection, pastBudget } from "./past-budget.ts";
import { selectUnneededPlans } from "./select-unneeded-plans.ts";

type PlanRecords = Pick<DaemonRecords, "keepPlan" | "findPlans" | "readPlan">;

/** Plans, once for each digest of a target: the last that was made with it. They may be megabytes. */
export function createPlanRecords(connection: BoundedConnection, sealings: Sealings): PlanRecords {
  const explaining = explainingErrors(connection.place);
  const read = createPlanReader(connection, sealings);
  return {
    keepPlan: (plan) => explaining(() => keepPlan(connection, plan)),
    findPlans: (digest) => explaining(() => findPlans(connection, read, digest)),
    readPlan: (target, digest) => explaining(() => readPlan(connection, read, { target, digest })),
  };
}

/** Distinguishes one body from another. */
const HEAD = ["target", "digest", "revision", "made_at", "body_hash", "sealed_by"] as const;
type PlanHead = Pick<PlanRow, (typeof HEAD)[number]>;
type ReadPlan = (head: PlanHead) => Promise<readonly KeptPlan[]>;

/** A plan in use is parsed once for all concurrent readers: it may take hundreds of megabytes. */
function createPlanReader({ db }: StoreConnection, sealings: Sealings): ReadPlan {
  const inUse = new Map<string, WeakRef<Plan>>();
  const pending = new Map<string, Promise<readonly KeptPlan[]>>();
  const parse = async ({ target, digest }: PlanHead): Promise<readonly KeptPlan[]> => {
    const rows = db.selectFrom("kept_plan").selectAll().where("target", "=", target).where("digest", "=", digest);
    // It may have been removed, or made again, since its head was read.
    return (await rows.execute()).flatMap(({ body, body_hash, sealed_by, seq: _seq, ...rest }) => {
      const plan = upgradePlan(readStoredJson(body, `plan ${digest}`, isStoredPlan));
      if (plan === null) return [];
      for (const [name, kept] of inUse) if (kept.deref() === undefined) inUse.delete(name);
      inUse.set(nameBody({ ...rest, body_hash, sealed_by }), new WeakRef(plan));
      return { ...rest, plan, ...nameSealed(sealed_by) };
    });
  };
  const readAny: ReadPlan = async (head) => {
    const name = nameBody(head);
    const plan = inUse.get(name)?.deref();
    const { body_hash: _hash, sealed_by, ...rest } = head;
    if (plan !== undefined) return [{ ...rest, plan, ...nameSealed(sealed_by) }];
    const reading = pending.get(name) ?? parse(head).finally(() => pending.delete(name));
    pending.set(name, reading);
    return reading;
  };
  return async (head) => {
    const found = await readAny(head);
    const shown = await Promise.all(
      found.map(
        async ({ target, plan, sealed_by }) => !namesSealable(plan) || (await sealings.isSealed(target, sealed_by)),
      ),
    );
    return found.filter((_, index) => shown[index]);
  };
}

function nameSealed(sealed_by: string): Pick<KeptPlan, "sealed_by"> {
  return sealed_by === "" ? {} : { sealed_by };
}

function nameBody({ target, digest, body_hash, sealed_by }: PlanHead): string {
  return JSON.stringify([target, digest, body_hash, sealed_by]);
}

/** A plan that waits is made again with each pass: what is the latest already is not written again. */
async function keepPlan(connection: BoundedConnection, { plan, sealed_by = "", ...rest }: KeptPlan): Promise<void> {
  const body = JSON.stringify(plan);
  const body_hash = createHash("sha256").update(body).digest("hex");
  const latest = await selectLatest(connection.db, rest.target)
    .select(["digest", "revision", "body_hash", "sealed_by"])
    .executeTakeFirst();
  const isSame = latest?.digest === rest.digest && latest.revision === rest.revision;
  if (isSame && latest.body_hash === body_hash && latest.sealed_by === sealed_by) return;
  await connection.transact(() => replaceLatest(connection, { ...rest, body, body_hash, sealed_by }));
}

/** The oldest that nothing depends on go, where they don't fit beside it. */
function* replaceLatest({ db, mostKeptBytes }: BoundedConnection, row: Omit<PlanRow, "seq">): Statements<void> {
  yield db
    .insertInto("kept_plan")
    .values({ ...row, seq: nextSeq("kept_plan") })
    .onConflict((conflict) =>
      conflict.columns(["target", "digest"]).doUpdateSet((kept) => ({
        revision: kept.ref("excluded.revision"),
        made_at: kept.ref("excluded.made_at"),
        seq: kept.ref("excluded.seq"),
        body: kept.ref("excluded.body"),
        body_hash: kept.ref("excluded.body_hash"),
        sealed_by: kept.ref("excluded.sealed_by"),
      })),
    );
  const { target } = row;
  const surplus = selectUnneededPlans(db)
    .clearSelect()
    .select("old.digest")
    .where("old.target", "=", target)
    .where("old.digest", "in", pastBudget("kept_plan", target, mostKeptBytes));
  yield db.deleteFrom("kept_plan").where("target", "=", target).where("digest", "in", surplus);
}

/** Newest first. A beginning that fits several digests finds them all. */
async function findPlans({ db }: StoreConnection, read: ReadPlan, digest: string): Promise<readonly KeptPlan[]> {
  if (digest.length < DIGEST_DIGITS) return [];
  const rows = await db
    .selectFrom("kept_plan")
    .select(HEAD)
    // Not by `like`: what was typed may hold its wildcards.
    .where((row) => row(row.fn("substr", ["digest", row.lit(1), row.val(digest.length)]), "=", digest))
    .orderBy("seq", "desc")
    .orderBy("target")
    .execute();
  const found: KeptPlan[] = [];
  for (const row of rows) found.push(...(await read(row)));
  return found;
}

async function readPlan(
  { db }: StoreConnection,
  read: ReadPlan,
  { target, digest }: Pick<PlanHead, "target" | "digest">,
): Promise<KeptPlan | null> {
  const rows = db.selectFrom("kept_plan").select(HEAD).where("target", "=", target).where("digest", "=", digest);
  const row = await rows.executeTakeFirst();
  return row === undefined ? null : ((await read(row))[0] ?? null);
}

function selectLatest(db: StoreConnection["db"], target: string) {
  return db.selectFrom("kept_plan").where("target", "=", target).orderBy("seq", "desc").limit(1);
}
