import { sql } from "kysely";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { LARGEST_TEXTS } from "../../model/largest-texts.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { type AuthorTally, addTo, tallyAuthors } from "./author-tally.ts";
import type { BoundedConnection } from "./past-budget.ts";

/** Whose record takes room. */
type Owner = Pick<ReviewRecord, "target" | "author">;

/**
 * How much the records of a target's requests take, of those about which something is still to be said: each round reads all of them, and a forge
 * names as many as it likes. Each has some room of its own, so that what approvers say of it and what it merges is kept even where others have filled the rest.
 */
export interface RequestRoom {
  /**
   * Whether there is room for one more: false where its author's requests take all that one author has. Throws an OperationalError `requests_full`
   * where there is none for anyone.
   */
  has(owner: Owner): Promise<boolean>;
  /** What was read just now is what there is; each with the length of its row, in characters. */
  note(target: string, read: readonly { readonly author: string; readonly length: number }[]): void;
  /**
   * Takes room for a record whose row is to become so long, in characters, in place of `former`: 0 where there is none. Throws an OperationalError
   * `requests_full` where there is none left.
   */
  take(record: Owner & Pick<ReviewRecord, "settled">, length: number, former: number): Promise<void>;
}

/** Characters that each record has of its own. A usual one takes a fifth of it. */
const RESERVED = 8_000;
/** Of the whole room, what the requests of one author take at most. */
const SHARE_OF_AUTHOR = 1 / 4;

/** What this process knows of it. Other replicas review no target at the same time, and each round starts with what it reads. */
export function createRequestRoom({ db, mostKeptBytes }: BoundedConnection): RequestRoom {
  const most = Math.min(mostKeptBytes, LARGEST_TEXTS);
  const known = new Map<string, AuthorTally>();
  const measure = async (target: string) => {
    const rows = db.selectFrom("request_review").where("target", "=", target).where("settled", "=", 0);
    const { length } = await rows
      .select(sql<number>`coalesce(sum(octet_length(body)), 0)`.as("length"))
      .executeTakeFirstOrThrow();
    const taken = { all: Number(length), by: new Map<string, number>() };
    known.set(target, taken);
    return taken;
  };
  const read = async (target: string) => known.get(target) ?? (await measure(target));
  return {
    has: async ({ target, author }) => {
      const { all, by } = await read(target);
      if (all + RESERVED > most) throw full(target, findLargest(by));
      return (by.get(author) ?? 0) + RESERVED <= most * SHARE_OF_AUTHOR;
    },
    note: (target, records) => {
      known.set(target, tallyAuthors(records.map(({ author, length }) => [author, chargeFor(length)])));
    },
    take: async ({ target, settled, author }, length, former) => {
      const grown = chargeFor(length) - (former === 0 ? 0 : chargeFor(former));
      if (settled || grown <= 0) return;
      const taken = await read(target);
      if (taken.all + grown > most) throw full(target, findLargest(taken.by));
      addTo(taken, author, grown);
    },
  };
}

function chargeFor(length: number): number {
  return Math.max(length, RESERVED);
}

function findLargest(by: ReadonlyMap<string, number>): string | null {
  return [...by].sort(([, one], [, other]) => other - one)[0]?.[0] ?? null;
}

function full(target: string, author: string | null): OperationalError {
  const whose = author === null ? "" : ` Those of ${author} take most of it.`;
  const message = `The records of the requests of target ${target} have no room for more: very many are open, or they change very many objects.${whose} No further request is looked at until some are closed; those on record are.`;
  return new OperationalError("requests_full", message, { next: "retry" });
}
