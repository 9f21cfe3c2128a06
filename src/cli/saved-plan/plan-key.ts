import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";

/** A text that only a holder of the plan key can read: AES-256-GCM, in base64. */
export interface Encrypted {
  readonly nonce: string;
  /** With the tag of 16 bytes at its end. */
  readonly data: string;
}

/** A secret that the jobs which write and apply plans share. It can't be printed: only what it computes leaves it. */
export interface PlanKey {
  /** The message authentication code (HMAC-SHA-256, 64 hex digits) of a text. */
  sign(content: string): string;
  /** Whether a code is that of the text; takes the same time for every wrong one. */
  verify(content: string, code: string): boolean;
  encrypt(text: string): Encrypted;
  /** Undefined for what was not encrypted with this key, or was altered. */
  decrypt(encrypted: Encrypted): string | undefined;
  /** The key of sealed values for plans without a store. */
  readonly sealingKey: Uint8Array;
}

/** Least length of a plan key, in bytes: what HMAC-SHA-256 can use. */
export const LEAST_KEY_BYTES = 32;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Makes a plan key of a secret of at least {@link LEAST_KEY_BYTES}. Each use has a key of its own, derived by HKDF-SHA-256. */
export function createPlanKey(secret: Buffer): PlanKey {
  const derive = (use: string) => Buffer.from(hkdfSync("sha256", secret, "", `poolkeeper plan file: ${use}`, 32));
  const [authentication, encryption] = [derive("authentication"), derive("encryption")];
  const sign = (content: string) => createHmac("sha256", authentication).update(content).digest("hex");
  return {
    sign,
    verify: (content, code) => {
      const [wanted, given] = [Buffer.from(sign(content)), Buffer.from(code)];
      return wanted.length === given.length && timingSafeEqual(wanted, given);
    },
    encrypt: (text) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", encryption, nonce, { authTagLength: TAG_BYTES });
      const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return { nonce: nonce.toString("base64"), data: data.toString("base64") };
    },
    decrypt: ({ nonce, data }) => decrypt(encryption, Buffer.from(nonce, "base64"), Buffer.from(data, "base64")),
    sealingKey: derive("sealing"),
  };
}

function decrypt(key: Buffer, nonce: Buffer, data: Buffer): string | undefined {
  if (nonce.length !== NONCE_BYTES || data.length < TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(data.subarray(-TAG_BYTES));
    return decipher.update(data.subarray(0, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
  } catch {
    // Another key's, or altered: the library says no more.
    return undefined;
  }
}
