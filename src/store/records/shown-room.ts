import { sql } from "kysely";
import { countTurns } from "./count-turns.ts";
import { isLargeText } from "./pack-effects.ts";
import type { BoundedConnection } from "./past-budget.ts";

/**
 * How much of what was shown a target keeps, of each author and of all together: a forge makes up authors. Nothing of it is ever dropped to make room,
 * so that what no longer fits is not shown.
 */
export interface ShownRoom {
  /** Whether one more text fits that is so much longer than the one that it replaces. Reads lengths alone. */
  check(text: ShownText): Promise<"kept" | "author_full" | "target_full">;
  /** That it was written. */
  note(text: ShownText): void;
}

/** What a plan does, as it is kept, and by how many bytes that is longer than what it replaces. */
export interface ShownText {
  readonly target: string;
  readonly author: string;
  readonly text: string;
  readonly grown: number;
}

/** So many times what one author may take is there for all authors of a target. */
const ALL_AUTHORS = 4;
/** What a plan of some hundred changes does has as much room again, so that large ones keep none of these from being shown. */
const FOR_SMALL = 2;
/** So many small ones are kept before it is measured again what is there, as other replicas may have written and removed some. */
const BETWEEN = 100;

interface Taken {
  all: number;
  readonly authors: Map<string, number>;
}

/** What this process knows of it. */
export function createShownRoom({ db, mostKeptBytes }: BoundedConnection): ShownRoom {
  const known = new Map<string, Taken>();
  const isOld = countTurns(BETWEEN);
  const measure = async (target: string): Promise<Taken> => {
    const rows = await db
      .selectFrom("shown_plan")
      .select(["author", sql<number | string>`sum(octet_length(effects))`.as("bytes")])
      .where("target", "=", target)
      .groupBy("author")
      .execute();
    const authors = new Map(rows.map(({ author, bytes }) => [author, Number(bytes)]));
    const taken = { all: authors.values().reduce((sum, bytes) => sum + bytes, 0), authors };
    known.set(target, taken);
    return taken;
  };
  return {
    check: async ({ target, author, text, grown }) => {
      if (grown <= 0) return "kept";
      const isLarge = isLargeText(text);
      const isMeasured = isLarge || isOld(target);
      const { all, authors } = (isMeasured ? undefined : known.get(target)) ?? (await measure(target));
      const most = mostKeptBytes * (isLarge ? 1 : FOR_SMALL);
      if ((authors.get(author) ?? 0) + grown > most) return "author_full";
      return all + grown > most * ALL_AUTHORS ? "target_full" : "kept";
    },
    note: ({ target, author, grown }) => {
      const taken = known.get(target);
      if (taken === undefined) return;
      taken.all += grown;
      taken.authors.set(author, (taken.authors.get(author) ?? 0) + grown);
    },
  };
}
