import type { CommentChange } from "../../../model/reviews/comment-change.ts";
import { createTurns, type TakeTurn } from "../../../systems/http/create-turns.ts";
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

/**
 * Reads verified deliveries about comments, those of each target in turns: who knows the secret of one takes little of the thread from others. Throws
 * a WebError `rate_limited` where too many wait.
 */
export function createDeliveryReader(
  openTurns: () => TakeTurn = createTurns,
): (target: string, body: Buffer) => Promise<CommentChange | typeof EXCESSIVE | null> {
  const lines = new Map<string, { readonly takeTurn: TakeTurn; waiting: number }>();
  return async (target, body) => {
    const line = lines.get(target) ?? { takeTurn: openTurns(), waiting: 0 };
    lines.set(target, line);
    if (line.waiting >= MOST_WAITING)
      throw new WebError("rate_limited", "Too many large deliveries of this target wait to be read.", RETRY_S);
    line.waiting += 1;
    try {
      return await line.takeTurn(() => {
        const json = body.toString("utf8");
        return hasMoreValues(json, MOST_VALUES) ? EXCESSIVE : readCommentChange(json);
      });
    } finally {
      line.waiting -= 1;
    }
  };
}
