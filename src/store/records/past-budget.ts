import { type RawBuilder, sql } from "kysely";
import type { StoreConnection } from "../database/store-schema.ts";
import { SHORT_REVIEW } from "../plans/shorten-review.ts";

/**
 * How many bytes a target's plans take at most if nothing else is said, as many its passes, as many the reviews of its requests, and as many what the requests of one author have shown: how long their texts are comes from pushes of thousands of changes, which a
 * target's users may repeat as often as they like. A store serves many targets, on a volume of two gigabytes as it is shipped.
 */
export const MOST_KEPT_BYTES = 32_000_000;

/** A connection to a store that keeps so many bytes of each at most. */
export interface BoundedConnection extends StoreConnection {
  readonly mostKeptBytes: number;
  /** As `StoreOptions.warn`. */
  readonly warn: (warning: string) => void;
}

/** The tables whose rows are as long as what was pushed: what distinguishes the rows of one target, and the long text. */
const LONG_TEXTS = {
  kept_plan: { key: "digest", text: "body" },
  pass_record: { key: "id", text: "outcome" },
} as const;

/** The keys of a target's rows that don't fit into so many bytes with those that are newer, for `in`. Reads lengths alone. */
export function pastBudget(table: keyof typeof LONG_TEXTS, target: string, mostKeptBytes: number): RawBuilder<string> {
  const { key, text } = LONG_TEXTS[table];
  return sql<string>`(select ${sql.ref(key)} from (select ${sql.ref(key)}, sum(octet_length(${sql.ref(text)})) over (order by seq desc) as taken
    from ${sql.table(table)} where target = ${target}) as ranked where taken > ${mostKeptBytes})`;
}

/**
 * The requests of a target whose reviews don't fit into so many bytes with those that are smaller and of requests about which something is still to be
 * said, but for those that are short already. Reads lengths alone.
 */
export function reviewsPastBudget(target: string, mostKeptBytes: number): RawBuilder<{ readonly request: string }> {
  return sql`select request from (select request, octet_length(review) as bytes,
    sum(octet_length(review)) over (order by settled, octet_length(review), request) as taken
    from request_review where target = ${target}) as ranked where taken > ${mostKeptBytes} and bytes > ${SHORT_REVIEW}`;
}
