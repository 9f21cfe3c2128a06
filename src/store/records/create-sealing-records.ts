import type { ExpressionBuilder } from "kysely";
import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { isText, listOf, objectOf, orNull } from "../../model/json/shape.ts";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import type { Sealing } from "../../model/secrets/sealing.ts";
import { listUncovered } from "../../sealing/list-uncovered.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { insertAudit } from "../database/insert-audit.ts";
import { DamagedEntryError, readStoredJson } from "../database/read-stored-json.ts";
import type { ReviewRow } from "../database/record-tables.ts";
import type { Statements, StoreConnection, StoreTables } from "../database/store-schema.ts";
import { dropPlan } from "../plans/drop-plan.ts";
import { isStoredPlan, isWrittenReview } from "../plans/stored-plan-shape.ts";
import { type StoredPlan, upgradePlan } from "../plans/upgrade-plan.ts";
import type { Sealings } from "../sealing/create-sealings.ts";
import { maskTexts } from "../sealing/mask-texts.ts";
import { noteSealing } from "../sealing/note-sealing.ts";
import { type KeptObject, revealKept } from "../sealing/reveal-kept.ts";
import { type Applied, isApplied } from "../sealing/seal-applied.ts";
import { findPartToSeal, listUnsealed } from "../sealing/sealed-kept.ts";
import { nameUncovered } from "../sealing/uncovered.ts";
import { moveApprovals } from "./move-approvals.ts";
import { readReviewBody, writeReviewBody } from "./review-body.ts";
import { readTexts, sealTexts, type TextsToSeal } from "./seal-texts.ts";

type SealingRecords = Pick<DaemonRecords, "noteSealing" | "listUnsealed" | "sealKept">;

/** By which rules what is kept is sealed, and what becomes of it when more is sensitive. */
export function createSealingRecords(connection: StoreConnection, sealings: Sealings): SealingRecords {
  const explaining = explainingErrors(connection.place);
  const noted = new Map<string, string>();
  const note = async (sealing: Sealing) => {
    const body = JSON.stringify(sealing);
    const id = noted.get(body) ?? (await noteSealing(connection, sealing));
    noted.set(body, id);
    return id;
  };
  return {
    noteSealing: (sealing) => explaining(() => note(sealing)),
    listUnsealed: (required) => explaining(() => listUnsealed(connection, required)),
    sealKept: (target, required, audit) =>
      explaining(async () => {
        const { sealing, reveal } = required;
        const open = await findOpen(connection, sealings, target, sealing);
        const part = await findPartToSeal(connection, { target, ...ITSELF }, required);
        if (open.length === 0 && part === null) return;
        const id = await note(sealing);
        const reviews = await readOpenReviews(connection, target, open);
        await maskTexts(
          connection,
          target,
          await revealKept(listPlanned(connection, target, open, reviews), sealing, reveal),
        );
        const texts = part === null ? null : await readTexts(connection, target, part);
        await connection.transact(() => drop(connection, { target, id, open, reviews, texts, audit }));
      }),
  };
}

/** The texts of a target are of no control plane. */
const ITSELF = { org: "", endpoint: "" } as const;

/** What was sealed by former rules, of which it is no longer enough. */
interface Open {
  readonly sealed_by: string;
  /** How the objects are named in JSON that it is no longer enough for, for `like`. */
  readonly named: readonly string[];
}

async function findOpen(
  { db }: StoreConnection,
  sealings: Sealings,
  target: string,
  sealing: Sealing,
): Promise<readonly Open[]> {
  const found = await Promise.all(
    (["kept_plan", "request_review"] as const).map((table) =>
      db.selectFrom(table).select("sealed_by").distinct().where("target", "=", target).execute(),
    ),
  );
  const ids = new Set(found.flat().map(({ sealed_by }) => sealed_by));
  const open: Open[] = [];
  for (const sealed_by of ids) {
    const named = nameUncovered(listUncovered(sealing, await sealings.read(sealed_by)));
    if (named.length > 0) open.push({ sealed_by, named });
  }
  return open;
}

type OpenReview = Pick<ReviewRow, "request" | "body" | "review" | "sealed_by">;

/** Reviews with a plan that is to go. */
async function readOpenReviews(
  { db }: StoreConnection,
  target: string,
  open: readonly Open[],
): Promise<readonly OpenReview[]> {
  const rows = await Promise.all(
    open.map(({ sealed_by, named }) =>
      db
        .selectFrom("request_review")
        .select(["request", "body", "review", "sealed_by"])
        .where("target", "=", target)
        .where("sealed_by", "=", sealed_by)
        .where((row) => row.or(named.map((one) => row("review", "like", one))))
        .execute(),
    ),
  );
  return rows.flat();
}

/** What the plans that are to go say of objects: one plan after another, since each may be megabytes. */
async function* listPlanned(
  { db }: StoreConnection,
  target: string,
  open: readonly Open[],
  reviews: readonly OpenReview[],
): AsyncGenerator<KeptObject> {
  for (const { request, review } of reviews) {
    const verdict = readStoredJson(review, request, orNull(isWrittenReview))?.verdict;
    if (verdict?.kind === "planned") yield* listChanged(verdict.plan, request);
  }
  for (const { sealed_by, named } of open) {
    const plans = db.selectFrom("kept_plan").where("target", "=", target).where("sealed_by", "=", sealed_by);
    const digests = plans.select("digest").where((row) => row.or(named.map((one) => row("body", "like", one))));
    for (const { digest } of await digests.execute()) {
      const plan = await plans.select("body").where("digest", "=", digest).executeTakeFirst();
      if (plan !== undefined) yield* listChanged(readStoredJson(plan.body, digest, isStoredPlan), digest);
    }
  }
}

interface ShownChanges {
  readonly changes: readonly {
    readonly address: string;
    readonly before: Applied | null;
    readonly after: Applied | null;
  }[];
}

const isShowingChanges = objectOf<ShownChanges>({
  changes: listOf(
    objectOf<ShownChanges["changes"][number]>({
      ...{ address: isText, before: orNull(isApplied), after: orNull(isApplied) },
    }),
  ),
});

/** None of a plan that this release does not read, unless it has them in the same form. */
function* listChanged(plan: StoredPlan, entry: string): Generator<KeptObject> {
  if (!isShowingChanges(plan)) {
    if (upgradePlan(plan) === null) return;
    throw new DamagedEntryError(entry);
  }
  for (const { address, before, after } of plan.changes) {
    for (const applied of [before, after]) yield { address, applied };
  }
}

interface Dropping {
  readonly target: string;
  /** Of the rules that count from now on. */
  readonly id: string;
  readonly open: readonly Open[];
  readonly reviews: readonly OpenReview[];
  /** Null: none are to be sealed. */
  readonly texts: TextsToSeal | null;
  readonly audit: Omit<AuditEntry, "target" | "details">;
}

function* drop(connection: StoreConnection, { target, id, open, reviews, texts, audit }: Dropping): Statements<void> {
  const { db } = connection;
  let [plans, approvals, requests] = [0, 0, 0];
  for (const { sealed_by, named } of open) {
    const isOpen = (row: ExpressionBuilder<StoreTables, "kept_plan">) =>
      row.and([
        row("target", "=", target),
        row("sealed_by", "=", sealed_by),
        row.or(named.map((one) => row("body", "like", one))),
      ]);
    approvals += yield moveApprovals(connection, "supersede")
      .where("target", "=", target)
      .where("digest", "in", db.selectFrom("kept_plan").select("digest").where(isOpen));
    plans += yield db.deleteFrom("kept_plan").where(isOpen);
    // What is left names none of the objects of which more is sensitive.
    yield db
      .updateTable("kept_plan")
      .set({ sealed_by: id })
      .where("target", "=", target)
      .where("sealed_by", "=", sealed_by);
  }
  for (const { request, body, review, sealed_by } of reviews) {
    // What was written in the meantime has rules of its own.
    requests += yield db
      .updateTable("request_review")
      .set({ ...dropReview({ request, body, review }), sealed_by: id })
      .where("target", "=", target)
      .where("request", "=", request)
      .where("sealed_by", "=", sealed_by)
      .where("body", "=", body);
  }
  const dropped = texts === null ? 0 : yield* sealTexts(connection, target, texts);
  if (plans + approvals + requests + dropped === 0) return;
  const details = { plans, requests, approvals, texts: dropped };
  yield insertAudit(connection, { ...audit, target, details });
}

/** An open request is reported again in any case. */
function dropReview({ request, body, review }: Pick<OpenReview, "request" | "body" | "review">) {
  return {
    body: writeReviewBody({ ...readReviewBody(body, request), said: null }),
    review: JSON.stringify(dropPlan(readStoredJson(review, request, isWrittenReview), "sealed_since")),
  };
}
