import { createHash } from "node:crypto";

/** Names that can't end an HTML comment and need no escaping. */
const PLAIN_NAME = /^[\w.-]{1,100}$/;

/**
 * The hidden line by which the comment on a target is found again. A name that could end it, or a very long one, is replaced by
 * its hash: names may be given by hand.
 */
export function reviewMarker(target: string): string {
  const name = PLAIN_NAME.test(target) ? target : `~${createHash("sha256").update(target).digest("hex").slice(0, 32)}`;
  return `<!-- poolkeeper:${name} -->`;
}

/** Whether a comment begins as that on a target does. Anyone can paste a marker: the author of the comment has to be checked as well. */
export function isReviewOf(target: string, body: string): boolean {
  return body.split(/\r?\n/, 1)[0]?.trim() === reviewMarker(target);
}
