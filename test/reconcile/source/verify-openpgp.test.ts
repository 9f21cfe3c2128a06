import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { readKey } from "openpgp";
import { describe, expect, test } from "vitest";
import { parseCommit } from "../../../src/reconcile/source/parse-commit.ts";
import { verifyOpenpgp } from "../../../src/reconcile/source/verify-openpgp.ts";

const SIGNED = join(import.meta.dirname, "signed");
const NOW = new Date("2027-01-01T00:00:00Z");

describe("a commit signed by OpenPGP", () => {
  test.each(["openpgp-ed25519", "openpgp-rsa"])(
    "(%s) is taken with no byte of its content changed, and never an error",
    async (name) => {
      const bytes = readFileSync(join(SIGNED, `${name}.commit`));
      const key = await readKey({ armoredKey: readFileSync(join(SIGNED, `${name}.asc`), "utf8") });
      const check = async (commit: Buffer) => {
        const { signatures, payload } = parseCommit("0", commit);
        return verifyOpenpgp(signatures[0] ?? "", payload, [key], NOW);
      };
      expect((await check(bytes)).ok).toBe(true);
      const text = bytes.toString("latin1");
      const [start, end] = [text.indexOf("gpgsig"), text.indexOf("-----END PGP SIGNATURE-----\n") + 28];
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
          const changed = Buffer.from(bytes);
          changed.writeUInt8(changed.readUInt8(at) ^ change, at);
          const { ok } = await check(changed);
          // Within the armour there are blanks and a check sum that mean nothing.
          return !ok || (at >= start && at < end);
        }),
        { numRuns: 300, seed: 5 },
      );
    },
  );
});
