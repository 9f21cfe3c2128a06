import { isSealing } from "../../model/ledger/ledger-shape.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Sealing } from "../../model/secrets/sealing.ts";
import { describeSealing } from "../../sealing/describe-sealing.ts";
import { listUncovered } from "../../sealing/list-uncovered.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { StoreConnection } from "../database/store-schema.ts";

/** The operator's patterns of a target, as they are configured now; null: none are known here. */
export type SensitiveOf = (target: string) => readonly string[] | null;

/** Kinds of objects that have values which may be sensitive, as addresses begin. */
export const SEALABLE = ["settings.", "flyte_clusters."] as const;

/** By which rules rows are sealed. */
export interface Sealings {
  /** Whether all is sealed that is sensitive in the target by the configuration and the release that run here. */
  isSealed(target: string, sealed_by: string | undefined): Promise<boolean>;
  /** The rules of that id; null: nothing is known of it. */
  read(id: string): Promise<Sealing | null>;
}

/** Rules by which rows are sealed never change, so that each is read once. */
export function createSealings({ db }: StoreConnection, sensitiveOf: SensitiveOf): Sealings {
  const known = new Map<string, Sealing>();
  const read: Sealings["read"] = async (id) => {
    const found = known.get(id);
    if (found !== undefined || id === "") return found ?? null;
    const row = await db.selectFrom("sealing").select("body").where("id", "=", id).executeTakeFirst();
    if (row === undefined) return null;
    const sealing = readStoredJson(row.body, `rules ${id}`, isSealing);
    known.set(id, sealing);
    return sealing;
  };
  return {
    read,
    isSealed: async (target, sealed_by = "") => {
      const patterns = sensitiveOf(target);
      if (patterns === null) return true;
      return (
        listUncovered(describeSealing({ patterns, desired: [], remembered: {} }), await read(sealed_by)).length === 0
      );
    },
  };
}

/** Whether a plan has values that may be sensitive. */
export function namesSealable({ changes, steps, ownership }: Pick<Plan, "changes" | "steps" | "ownership">): boolean {
  return [...changes, ...steps, ...ownership.claim].some(({ address }) =>
    SEALABLE.some((kind) => address.startsWith(kind)),
  );
}
