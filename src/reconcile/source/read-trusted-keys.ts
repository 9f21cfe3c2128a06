import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Key, readKeys } from "openpgp";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { parseSshKey } from "./parse-ssh-key.ts";
import type { TrustedSshKey } from "./verify-ssh.ts";

/** Who may sign. */
export interface TrustedKeys {
  readonly openpgp: readonly Key[];
  readonly ssh: readonly TrustedSshKey[];
  /** Another one whenever the files' text is another. */
  readonly fingerprint: string;
}

const OPENPGP_BEGIN = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const OPENPGP_END = "-----END PGP PUBLIC KEY BLOCK-----";
const SSH_LINE = /^((?:sk-)?(?:ssh|ecdsa)-[\w@.-]+) ([A-Za-z0-9+/]+=*)(?: (.*))?$/;

/**
 * The keys of files, read again each time, so that a new key takes effect immediately. A file that can't be read, or holds anything but
 * public keys, is refused as a whole (`source_refused`): with a part of the keys it would be unclear why a commit is rejected.
 */
export async function readTrustedKeys(paths: readonly string[]): Promise<TrustedKeys> {
  const openpgp: Key[] = [];
  const ssh: TrustedSshKey[] = [];
  const fingerprint = createHash("sha256");
  for (const path of paths) {
    const text = await readText(path);
    fingerprint.update(JSON.stringify(text));
    if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text))
      throw refuse(path, "it contains a private key. Put the public key there, and rotate the pair");
    if (text.includes("-----BEGIN PGP")) openpgp.push(...(await readOpenpgp(path, text)));
    else ssh.push(...readSsh(path, text));
  }
  if (openpgp.length + ssh.length === 0) throw refuse(paths.join(", ") || "`verify.keys`", "it contains no key");
  return { openpgp, ssh, fingerprint: fingerprint.digest("hex") };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw refuse(path, `it can't be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

async function readOpenpgp(path: string, text: string): Promise<readonly Key[]> {
  const keys: Key[] = [];
  for (const part of text.split(OPENPGP_END).slice(0, -1)) {
    const begin = part.indexOf(OPENPGP_BEGIN);
    if (begin === -1) continue;
    const armoredKeys = part.slice(begin) + OPENPGP_END;
    try {
      keys.push(...(await readKeys({ armoredKeys })));
    } catch (error) {
      throw refuse(path, `a key in it can't be read (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  if (keys.length === 0) throw refuse(path, "it contains OpenPGP data, but no public key");
  return keys;
}

function readSsh(path: string, text: string): readonly TrustedSshKey[] {
  const lines = text.split("\n").map((line, index) => ({ line: line.trim(), number: index + 1 }));
  return lines
    .filter(({ line }) => line !== "" && !line.startsWith("#"))
    .map(({ line, number }) => {
      const [, type, encoded, comment] = SSH_LINE.exec(line) ?? [];
      if (type === undefined || encoded === undefined) {
        throw refuse(`${path}:${number}`, "the line is not a public key: TYPE BASE64 NAME, without options");
      }
      try {
        const key = parseSshKey(Buffer.from(encoded, "base64"));
        return { key, name: comment?.replace(/\p{Cc}+/gu, " ") ?? "an SSH key" };
      } catch (error) {
        throw refuse(`${path}:${number}`, error instanceof Error ? error.message : String(error));
      }
    });
}

function refuse(where: string, what: string): OperationalError {
  return new OperationalError(
    "source_refused",
    `The trusted keys in ${where} can't be used: ${what}. Correct \`verify.keys\`.`,
    {
      next: "stop",
    },
  );
}
