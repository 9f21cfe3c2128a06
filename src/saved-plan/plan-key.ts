import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/** A secret that the jobs which write and apply plans share. It can't be printed: only what it computes leaves it. */
export interface PlanKey {
  /** The message authentication code (HMAC-SHA-256, 64 hex digits) of a text. */
  sign(content: string): string;
  /** Whether a code is that of the text; takes the same time for every wrong one. */
  verify(content: string, code: string): boolean;
}

/** Least length of a plan key, in bytes: what HMAC-SHA-256 can use. */
export const LEAST_KEY_BYTES = 32;

/** Makes a plan key of a secret of at least {@link LEAST_KEY_BYTES}. Each use has a key of its own, derived by HKDF-SHA-256. */
export function createPlanKey(secret: Buffer): PlanKey {
  const derived = (use: string) => Buffer.from(hkdfSync("sha256", secret, "", `poolkeeper plan file: ${use}`, 32));
  const authentication = derived("authentication");
  const sign = (content: string) => createHmac("sha256", authentication).update(content).digest("hex");
  return {
    sign,
    verify: (content, code) => {
      const [wanted, given] = [Buffer.from(sign(content)), Buffer.from(code)];
      return wanted.length === given.length && timingSafeEqual(wanted, given);
    },
  };
}
