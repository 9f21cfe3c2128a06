import { sql } from "kysely";
import { type AuthorTally, addTo, tallyAuthors } from "./author-tally.ts";
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

/** What this process knows of it. */
export function createShownRoom({ db, mostKeptBytes }: BoundedConnection): ShownRoom {
  const known = new Map<string, AuthorTally>();
  const isOld = countTurns(BETWEEN);
  const measure = async (target: string): Promise<AuthorTally> => {
    const rows = await db
      .selectFrom("shown_plan")
      .select(["author", sql<number | string>`sum(octet_length(effects))`.as("bytes")])
      .where("target", "=", target)
      .groupBy("author")
      .execute();
    const taken = tallyAuthors(rows.map(({ author, bytes }) => [author, Number(bytes)]));
    known.set(target, taken);
    return taken;
  };
  return {
    check: async ({ target, author, text, grown }) => {
      if (grown <= 0) return "kept";
      const isLarge = isLargeText(text);
      const isMeasured = isLarge || isOld(target);
      const { all, by } = (isMeasured ? undefined : known.get(target)) ?? (await measure(target));
      const most = mostKeptBytes * (isLarge ? 1 : FOR_SMALL);
      if ((by.get(author) ?? 0) + grown > most) return "author_full";
      return all + grown > most * ALL_AUTHORS ? "target_full" : "kept";
    },
    note: ({ target, author, grown }) => {
      const taken = known.get(target);
      if (taken !== undefined) addTo(taken, author, grown);
    },
  };
}
