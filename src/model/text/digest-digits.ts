/**
 * How many hex digits of a plan's digest are shown, and the fewest that name a plan: 128 bits. An author of manifests could craft two plans
 * that share fewer, so that the approval of one would be the approval of the other.
 */
export const DIGEST_DIGITS = 32;

/** A digest as it is shown to be compared or typed: cut to {@link DIGEST_DIGITS}. */
export function showDigest(digest: string): string {
  return digest.slice(0, DIGEST_DIGITS);
}

/** Why a text names no plan, for the user who typed it; null: it is a digest, or a beginning of one that is long enough. */
export function explainBadDigest(text: string): string | null {
  if (!/^[0-9a-f]*$/.test(text) || text.length > 64) return "A plan's digest has 64 hex digits at most.";
  if (text.length >= DIGEST_DIGITS) return null;
  return `Give at least ${DIGEST_DIGITS} hex digits of the plan's digest, as they are shown: fewer digits may match two plans.`;
}
