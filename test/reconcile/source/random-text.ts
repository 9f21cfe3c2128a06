import { createHash } from "node:crypto";

/** Text that does not compress, always the same. */
export function randomText(length: number): string {
  const parts = Array.from({ length: Math.ceil(length / 64) }, (_, index) =>
    createHash("sha512").update(`${index}`).digest("base64"),
  );
  return parts.join("").slice(0, length);
}
