import { createMessage, enums, type Key, readSignature, type Signature, verify } from "openpgp";
import { isOneSignature, readOpenpgpArmour } from "./read-openpgp-armour.ts";
import { refuseContent, refuseForm, refuseKey, type SignatureCheck } from "./signature-check.ts";

/** How far the signer's clock may be ahead of ours, in milliseconds. */
const CLOCK_SKEW_MS = 600_000;

/**
 * Checks an OpenPGP signature over a payload by the trusted keys. A key that is expired or revoked now is not accepted, for any date in the
 * signature: a thief of the key can write any date.
 */
export async function verifyOpenpgp(
  armoured: string,
  payload: Buffer,
  keys: readonly Key[],
  now: Date,
): Promise<SignatureCheck> {
  const bytes = readOpenpgpArmour(armoured);
  if (bytes === null) return refuseForm("its armor is malformed");
  if (!isOneSignature(bytes)) return refuseForm("it is not the signature of exactly one key");
  let signature: Signature;
  try {
    signature = await readSignature({ binarySignature: new Uint8Array(bytes) });
  } catch (error) {
    return refuseForm(`it can't be read (${describe(error)})`);
  }
  const [id, ...more] = signature.getSigningKeyIDs();
  if (id === undefined || more.length > 0) return refuseForm("it is not the signature of exactly one key");
  if (signature.packets[0]?.signatureType !== enums.signature.binary)
    return refuseForm("it is not over the exact bytes");
  const key = keys.find((candidate) => candidate.getKeys(id).length > 0);
  if (key === undefined) return refuseKey(id.toHex().toUpperCase());
  const signer = nameKey(key);
  const ended = await findEnd(key, id, now);
  if (ended !== null) return refuseEnded(signer, ended);
  const date = new Date(now.getTime() + CLOCK_SKEW_MS);
  const message = await createMessage({ binary: new Uint8Array(payload) });
  try {
    const { signatures } = await verify({ message, signature, verificationKeys: key, date });
    await signatures[0]?.verified;
    return signatures.length === 1 ? { ok: true, signer } : refuseForm("it is not the signature of exactly one key");
  } catch (error) {
    const reason = describe(error);
    return /verification failed|digest/i.test(reason)
      ? refuseContent(signer)
      : mayChange(refuseForm(`of ${signer}: ${reason}`));
  }
}

/** Why a key signs nothing now; null when it does. */
async function findEnd(key: Key, id: Parameters<Key["getSigningKey"]>[0], now: Date): Promise<string | null> {
  if (await key.isRevoked(undefined, undefined, now)) return "is revoked";
  const expires = await key.getExpirationTime();
  if (expires instanceof Date && expires <= now) return `expired on ${expires.toISOString().slice(0, 10)}`;
  try {
    await key.getSigningKey(id, now);
    return null;
  } catch (error) {
    return `may not sign (${describe(error)})`;
  }
}

function refuseEnded(signer: string, ended: string): SignatureCheck {
  return {
    ok: false,
    lasts: false,
    why: `is signed by ${signer}, a key that ${ended}`,
    remedy:
      "Have the commit signed with a valid key; if the expiry of this one was extended, put the new public key into the files of `verify.keys`.",
  };
}

/** What is from a time to come is accepted then. */
function mayChange(check: SignatureCheck): SignatureCheck {
  return check.ok ? check : { ...check, lasts: false };
}

function nameKey(key: Key): string {
  const [user = "an OpenPGP key"] = key.getUserIDs();
  return `${user.replace(/\p{Cc}+/gu, " ")} (${key.getFingerprint().toUpperCase()})`;
}

function describe(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\p{Cc}+/gu, " ").slice(0, 200);
}
