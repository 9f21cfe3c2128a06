import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCommit } from "../../../src/reconcile/source/parse-commit.ts";
import { parseSshKey } from "../../../src/reconcile/source/parse-ssh-key.ts";
import { writeSshString } from "../../../src/reconcile/source/read-ssh-wire.ts";
import { verifySsh } from "../../../src/reconcile/source/verify-ssh.ts";

const SIGNED = join(import.meta.dirname, "signed");
const PAYLOAD = Buffer.from("what is signed");

function sha256(bytes: string | Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** A signature as a security token makes it, by a key that lives here. */
function signByToken({ flags = 1, application = "ssh:", shownCounter = 7 } = {}) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const type = "sk-ssh-ed25519@openssh.com";
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  const blob = Buffer.concat([type, raw, "ssh:"].map(writeSshString));
  const head = ["git", "", "sha256"].map(writeSshString);
  const signed = Buffer.concat([Buffer.from("SSHSIG"), ...head, writeSshString(sha256(PAYLOAD))]);
  const touch = (count: number) => Buffer.from([flags, 0, 0, 0, count]);
  const bytes = sign(null, Buffer.concat([sha256(application), touch(7), sha256(signed)]), privateKey);
  const inner = Buffer.concat([writeSshString(type), writeSshString(bytes), touch(shownCounter)]);
  const whole = Buffer.concat([
    Buffer.from("SSHSIG\0\0\0\u0001"),
    writeSshString(blob),
    ...head,
    writeSshString(inner),
  ]);
  const armoured = `-----BEGIN SSH SIGNATURE-----\n${whole.toString("base64")}\n-----END SSH SIGNATURE-----`;
  return verifySsh(armoured, PAYLOAD, [{ key: parseSshKey(blob), name: "Token" }]);
}

describe("a signature by a security token", () => {
  test("that was touched is taken", () => {
    expect(signByToken()).toMatchObject({ ok: true, signer: expect.stringMatching(/^Token \(SHA256:/) });
  });

  test.each([{ flags: 0 }, { application: "ssh:other" }, { shownCounter: 8 }])("is refused with %j", (changes) => {
    expect(signByToken(changes)).toMatchObject({
      ok: false,
      why: expect.stringContaining("does not match its content"),
    });
  });
});

describe("a signed commit", () => {
  const bytes = readFileSync(join(SIGNED, "ssh-ed25519.commit"));
  const [, encoded = ""] = readFileSync(join(SIGNED, "ssh-ed25519.pub"), "utf8").split(" ");
  const keys = [{ key: parseSshKey(Buffer.from(encoded, "base64")), name: "Test Signer" }];
  const check = (commit: Buffer) => {
    const { signatures, payload } = parseCommit("0", commit);
    return verifySsh(signatures[0] ?? "", payload, keys);
  };

  test("is taken as it is, and with no byte of its content changed", () => {
    expect(check(bytes).ok).toBe(true);
    const text = bytes.toString("latin1");
    const [start, end] = [text.indexOf("gpgsig"), text.indexOf("-----END SSH SIGNATURE-----\n") + 28];
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        fc.pre(at < start || at >= end);
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(at) ^ change, at);
        return !check(changed).ok;
      }),
      { numRuns: 500, seed: 5 },
    );
  });

  test.each(["ssh-ed25519", "ssh-ecdsa-256", "ssh-ecdsa-521", "ssh-rsa-3072"])(
    "with a trusted key (%s) and any bytes for what it made is refused, never an error",
    (name) => {
      const [type = "", trusted = ""] = readFileSync(join(SIGNED, `${name}.pub`), "utf8").split(" ");
      const blob = Buffer.from(trusted, "base64");
      const head = ["git", "", "sha256"].map(writeSshString);
      const algorithm = type === "ssh-rsa" ? "rsa-sha2-256" : type;
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
          const inner = Buffer.concat([writeSshString(algorithm), writeSshString(noise)]);
          const parts = [Buffer.from("SSHSIG\0\0\0\u0001"), writeSshString(blob), ...head, writeSshString(inner)];
          const body = Buffer.concat(parts).toString("base64");
          const armoured = `-----BEGIN SSH SIGNATURE-----\n${body}\n-----END SSH SIGNATURE-----`;
          const checked = verifySsh(armoured, PAYLOAD, [{ key: parseSshKey(blob), name: "Test" }]);
          return !checked.ok && checked.why.includes("does not match its content");
        }),
        { numRuns: 200, seed: 5 },
      );
    },
  );

  test("with any bytes in the place of its signature is refused, never an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const body = Buffer.concat([Buffer.from("SSHSIG\0\0\0\u0001"), noise]).toString("base64");
        return !verifySsh(`-----BEGIN SSH SIGNATURE-----\n${body}\n-----END SSH SIGNATURE-----`, PAYLOAD, keys).ok;
      }),
      { numRuns: 500, seed: 5 },
    );
  });
});
