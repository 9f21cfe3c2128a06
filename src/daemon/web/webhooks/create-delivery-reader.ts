import type { CommentChange } from "../../../model/reviews/comment-change.ts";
import { createTurns, type Turns } from "../../../systems/http/create-turns.ts";
import { hasMoreValues } from "../../../systems/http/has-more-values.ts";
import { WebError } from "../answers/web-error.ts";
import { readCommentChange } from "./read-comment-change.ts";

/** What a delivery has in place of a change that has more values than any forge sends: it is not parsed. */
export const EXCESSIVE = "excessive";

/** A delivery about a comment has some hundred values, and its request a hundred labels and dozens of accounts. */
const MOST_VALUES = 20_000;
/** Deliveries of one target that may wait for their turn, each with its whole body. */
const MOST_WAITING = 8;
/** When who may not may try again, in seconds. */
const RETRY_S = 5;

/** What it takes the thread to receive a megabyte, beside what is done with it in turns, in milliseconds. */
const MS_A_MEGABYTE = 15;

/** Reads deliveries to targets. */
export interface DeliveryReader {
  /**
   * Takes the next bytes of one in a turn of its target; null: of all that are for no target. `take` gives how many there were. They count
   * for signed deliveries, and for all others.
   */
  receive(target: string | null, take: () => number): Promise<void>;
  /** Reads one that was signed and is about a comment. Throws a WebError `rate_limited` where too many wait. */
  read(target: string, body: Buffer): Promise<CommentChange | typeof EXCESSIVE | null>;
}

/**
 * Receives deliveries and reads those about comments, those of each target in turns: who sends to one takes little of the thread from others. No
 * turn lasts until a body ends: who holds one back keeps no other from being received.
 */
export function createDeliveryReader(openTurns: () => Turns = createTurns): DeliveryReader {
  const lines = new Map<string | null, { readonly turns: Turns; waiting: number }>();
  const lineOf = (target: string | null) => {
    const line = lines.get(target) ?? { turns: openTurns(), waiting: 0 };
    // Of targets that are there alone: a line for each name that is tried would fill the memory.
    lines.set(target, line);
    return line;
  };
  const receive: DeliveryReader["receive"] = (target, take) => {
    const { turns } = lineOf(target);
    return turns.take(() => turns.charge((take() / 2 ** 20) * MS_A_MEGABYTE));
  };
  const read: DeliveryReader["read"] = async (target, body) => {
    const line = lineOf(target);
    if (line.waiting >= MOST_WAITING)
      throw new WebError("rate_limited", "Too many large deliveries of this target wait to be read.", RETRY_S);
    line.waiting += 1;
    try {
      return await line.turns.take(() => {
        const json = body.toString("utf8");
        return hasMoreValues(json, MOST_VALUES) ? EXCESSIVE : readCommentChange(json);
      });
    } finally {
      line.waiting -= 1;
    }
  };
  return { receive, read };
}
