import { sql } from "kysely";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { LARGEST_TEXTS } from "../../model/largest-texts.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import type { BoundedConnection } from "./past-budget.ts";

/**
 * How much the records of a target's requests take, of those about which something is still to be said: each round reads all of them, and a forge
 * names as many as it likes.
 */
export interface RequestRoom {
  /** Throws an OperationalError `requests_full` where there is no room for one more of a usual size. */
  require(target: string): Promise<void>;
  /** What was read just now is what there is. */
  note(target: string, bodies: readonly { readonly body: string }[]): void;
  /**
   * Takes room for a record whose row is to become so long, in characters, in place of `former`: 0 where there is none. Throws an OperationalError
   * `requests_full` where there is none left.
   */
  take(record: Pick<ReviewRecord, "target" | "settled">, length: number, former: number): Promise<void>;
}

/** Characters of one more. A usual one has a tenth. */
const ONE_MORE = 16_000;

/** What this process knows of it. Other replicas review no target at the same time, and each round starts with what it reads. */
export function createRequestRoom({ db, mostKeptBytes }: BoundedConnection): RequestRoom {
  const most = Math.min(mostKeptBytes, LARGEST_TEXTS);
  const taken = new Map<string, number>();
  const measure = async (target: string) => {
    const rows = db.selectFrom("request_review").where("target", "=", target).where("settled", "=", 0);
    const { length } = await rows
      .select(sql<number>`coalesce(sum(octet_length(body)), 0)`.as("length"))
      .executeTakeFirstOrThrow();
    taken.set(target, Number(length));
    return Number(length);
  };
  const read = async (target: string) => taken.get(target) ?? (await measure(target));
  return {
    require: async (target) => {
      if ((await read(target)) + ONE_MORE > most) throw full(target);
    },
    note: (target, bodies) =>
      void taken.set(
        target,
        bodies.reduce((sum, { body }) => sum + body.length, 0),
      ),
    take: async ({ target, settled }, length, former) => {
      const grown = length - former;
      if (settled || grown <= 0) return;
      const now = (await read(target)) + grown;
      if (now > most) throw full(target);
      taken.set(target, now);
    },
  };
}

function full(target: string): OperationalError {
  const message = `The records of the requests of target ${target} take all of their room: the forge names very many open requests, or very long texts. No further request is looked at, and none of them can be approved. Close those that are not needed.`;
  return new OperationalError("requests_full", message, { next: "retry" });
}
