import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { dropTrailing } from "../../model/text/drop-trailing.ts";
import { readSshWire } from "./read-ssh-wire.ts";

/** A public key of SSH. */
export interface SshKey {
  /** The key as it travels; two keys are the same when this is. */
  readonly blob: Buffer;
  /** `SHA256:...`, as ssh-keygen shows it. */
  readonly fingerprint: string;
  readonly key: KeyObject;
  /** How its signatures are named, and the hash that each is made with; null: the key has its own. */
  readonly algorithms: Readonly<Record<string, string | null>>;
  /** For keys that live in a security token: what they were made for. */
  readonly application: Buffer | null;
}

const CURVES: Readonly<Record<string, { readonly name: string; readonly hash: string; readonly bytes: number }>> = {
  nistp256: { name: "P-256", hash: "sha256", bytes: 32 },
  nistp384: { name: "P-384", hash: "sha384", bytes: 48 },
  nistp521: { name: "P-521", hash: "sha512", bytes: 66 },
};
const SHORTEST_RSA = 2048;

/** Reads a public key: ed25519, ecdsa, rsa, and the first two in a security token. Throws an Error that says what it is instead. */
export function parseSshKey(blob: Buffer): SshKey {
  const wire = readSshWire(blob);
  const type = wire.text();
  const isToken = type.startsWith("sk-");
  const found = readKey(type, wire);
  const application = isToken ? wire.string() : null;
  if (!wire.isAtEnd()) throw new Error("the key has more parts than its type has");
  return { blob, fingerprint: nameFingerprint(blob), application, ...found };
}

/** The fingerprint of a key that may not be readable. */
export function nameFingerprint(blob: Buffer): string {
  return `SHA256:${dropTrailing(createHash("sha256").update(blob).digest("base64"), "=")}`;
}

function readKey(type: string, wire: ReturnType<typeof readSshWire>): Pick<SshKey, "key" | "algorithms"> {
  switch (type) {
    case "ssh-ed25519":
    case "sk-ssh-ed25519@openssh.com": {
      const key = importKey({ kty: "OKP", crv: "Ed25519", x: encode(wire.string()) });
      return { key, algorithms: { [type]: null } };
    }
    case "ecdsa-sha2-nistp256":
    case "ecdsa-sha2-nistp384":
    case "ecdsa-sha2-nistp521":
    case "sk-ecdsa-sha2-nistp256@openssh.com":
      return readCurveKey(type, wire.text(), wire.string());
    case "ssh-rsa": {
      const exponent = wire.string();
      const modulus = withoutSign(wire.string());
      if (modulus.length * 8 < SHORTEST_RSA)
        throw new Error(`an rsa key of less than ${SHORTEST_RSA} bits is too weak`);
      const key = importKey({ kty: "RSA", e: encode(withoutSign(exponent)), n: encode(modulus) });
      return { key, algorithms: { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" } };
    }
    default:
      throw new Error(`keys of type ${JSON.stringify(type.slice(0, 60))} are not supported`);
  }
}

function readCurveKey(type: string, name: string, point: Buffer): Pick<SshKey, "key" | "algorithms"> {
  const curve = CURVES[name];
  if (curve === undefined || !type.includes(name) || point[0] !== 4 || point.length !== 2 * curve.bytes + 1) {
    throw new Error("the key's point is not on its curve");
  }
  const x = encode(point.subarray(1, 1 + curve.bytes));
  const y = encode(point.subarray(1 + curve.bytes));
  return { key: importKey({ kty: "EC", crv: curve.name, x, y }), algorithms: { [type]: curve.hash } };
}

function importKey(key: Readonly<Record<string, string>>): KeyObject {
  return createPublicKey({ key, format: "jwk" });
}

function encode(bytes: Buffer): string {
  return bytes.toString("base64url");
}

/** Numbers have a zero before them where they would look negative. */
function withoutSign(number: Buffer): Buffer {
  return number.subarray(number.findIndex((byte) => byte !== 0));
}
