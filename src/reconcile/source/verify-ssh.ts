import { createHash, verify } from "node:crypto";
import { nameFingerprint, type SshKey } from "./parse-ssh-key.ts";
import { readSshWire, writeSshString } from "./read-ssh-wire.ts";
import { refuseContent, refuseForm, refuseKey, type SignatureCheck } from "./signature-check.ts";

/** A key that may sign, with the name that its file gives it. */
export interface TrustedSshKey {
  readonly key: SshKey;
  readonly name: string;
}

const MAGIC = "SSHSIG";
/** What git's signatures are for; a signature for files or mails is none for a commit. */
const NAMESPACE = "git";
const HASHES = ["sha256", "sha512"];
/** The holder of a security token has touched it. */
const USER_PRESENT = 1;

/** Whether text is an SSH signature in armour. */
export function isSshSignature(text: string): boolean {
  return text.startsWith("-----BEGIN SSH SIGNATURE-----");
}

/** Checks an SSH signature (PROTOCOL.sshsig of OpenSSH) over a payload by the keys that are trusted. */
export function verifySsh(armoured: string, payload: Buffer, keys: readonly TrustedSshKey[]): SignatureCheck {
  let signature: ReturnType<typeof parseSignature>;
  try {
    signature = parseSignature(armoured);
  } catch (error) {
    return refuseForm(error instanceof Error ? error.message : String(error));
  }
  const trusted = keys.find(({ key }) => key.blob.equals(signature.publicKey));
  if (trusted === undefined) return refuseKey(nameFingerprint(signature.publicKey));
  const { key, name } = trusted;
  if (signature.namespace !== NAMESPACE)
    return refuseForm(`it is for ${JSON.stringify(signature.namespace.slice(0, 60))}, not for git`);
  if (!HASHES.includes(signature.hash))
    return refuseForm(`its hash ${JSON.stringify(signature.hash.slice(0, 60))} is unknown`);
  if (!Object.hasOwn(key.algorithms, signature.algorithm)) {
    return refuseForm(`its algorithm ${JSON.stringify(signature.algorithm.slice(0, 60))} does not match its key`);
  }
  const signer = `${name} (${key.fingerprint})`;
  return isRight(signature, key, payload) ? { ok: true, signer } : refuseContent(signer);
}

function parseSignature(armoured: string) {
  const [, body] =
    /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\s*$/.exec(armoured) ?? [];
  if (body === undefined) throw new Error("its armor is malformed");
  const wire = readSshWire(Buffer.from(body, "base64"));
  if (wire.take(MAGIC.length).toString("latin1") !== MAGIC || wire.uint32() !== 1)
    throw new Error("its version is unsupported");
  const publicKey = wire.string();
  const namespace = wire.text();
  const reserved = wire.string();
  const hash = wire.text();
  const inner = readSshWire(wire.string());
  if (!wire.isAtEnd()) throw new Error("it has unexpected parts");
  const algorithm = inner.text();
  const bytes = inner.string();
  const touch = inner.isAtEnd() ? null : { flags: inner.byte(), counter: inner.uint32() };
  if (!inner.isAtEnd()) throw new Error("it has unexpected parts");
  return { publicKey, namespace, reserved, hash, algorithm, bytes, touch };
}

type ParsedSignature = ReturnType<typeof parseSignature>;

function isRight(signature: ParsedSignature, key: SshKey, payload: Buffer): boolean {
  const signed = Buffer.concat([
    Buffer.from(MAGIC),
    writeSshString(signature.namespace),
    writeSshString(signature.reserved),
    writeSshString(signature.hash),
    writeSshString(createHash(signature.hash).update(payload).digest()),
  ]);
  const data = coverTouch(signature, key, signed);
  if (data === null) return false;
  const hash = key.algorithms[signature.algorithm] ?? null;
  if (key.key.asymmetricKeyType !== "ec") return verify(hash, data, key.key, signature.bytes);
  const numbers = readNumbers(signature.bytes, key);
  return numbers !== null && verify(hash, data, { key: key.key, dsaEncoding: "ieee-p1363" }, numbers);
}

/** What a security token signs: what it is for, whether it was touched, and a hash of the rest (PROTOCOL.u2f). Null: it does not fit. */
function coverTouch({ touch }: ParsedSignature, { application }: SshKey, signed: Buffer): Buffer | null {
  if (application === null) return touch === null ? signed : null;
  if (touch === null || (touch.flags & USER_PRESENT) === 0) return null;
  const rest = Buffer.alloc(5);
  rest.writeUInt8(touch.flags, 0);
  rest.writeUInt32BE(touch.counter, 1);
  return Buffer.concat([hash(application), rest, hash(signed)]);
}

function hash(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** The two numbers of an ecdsa signature, each as long as the curve. Null: it is none. */
function readNumbers(bytes: Buffer, { key }: SshKey): Buffer | null {
  const size = Math.ceil((CURVE_BITS[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? 0) / 8);
  try {
    const wire = readSshWire(bytes);
    const [r, s] = [readNumber(wire.string(), size), readNumber(wire.string(), size)];
    return r === null || s === null || !wire.isAtEnd() ? null : Buffer.concat([r, s]);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readNumber(bytes: Buffer, size: number): Buffer | null {
  const digits = bytes.subarray(Math.max(0, bytes.length - size));
  const isTooLong = bytes.subarray(0, bytes.length - digits.length).some((byte) => byte !== 0);
  return isTooLong ? null : Buffer.concat([Buffer.alloc(size - digits.length), digits]);
}

const CURVE_BITS: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };
