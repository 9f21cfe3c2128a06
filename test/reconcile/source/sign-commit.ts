import { createHash, type KeyPairKeyObjectResult, sign } from "node:crypto";
import { writeSshString } from "../../../src/reconcile/source/read-ssh-wire.ts";
import type { GitRepository } from "../../set-up/create-git-repository.ts";

/** A signer of commits by an ed25519 key, as `git commit -S` with `gpg.format=ssh` does it. */
export function createSshSigner({ publicKey, privateKey }: KeyPairKeyObjectResult, name: string) {
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  const blob = Buffer.concat([writeSshString("ssh-ed25519"), writeSshString(raw)]);
  return {
    /** As in authorized_keys. */
    line: `ssh-ed25519 ${blob.toString("base64")} ${name}\n`,
    sign: (payload: Buffer, namespace = "git") => {
      const digest = createHash("sha512").update(payload).digest();
      const head = [writeSshString(namespace), writeSshString(""), writeSshString("sha512")];
      const data = Buffer.concat([Buffer.from("SSHSIG"), ...head, writeSshString(digest)]);
      const signature = Buffer.concat([writeSshString("ssh-ed25519"), writeSshString(sign(null, data, privateKey))]);
      const version = Buffer.from([0, 0, 0, 1]);
      const parts = [Buffer.from("SSHSIG"), version, writeSshString(blob), ...head, writeSshString(signature)];
      const lines =
        Buffer.concat(parts)
          .toString("base64")
          .match(/.{1,70}/g) ?? [];
      return `-----BEGIN SSH SIGNATURE-----\n${lines.join("\n")}\n-----END SSH SIGNATURE-----`;
    },
  };
}

/** Writes a commit as it is into a repository, makes it the newest of main, and gives its id. */
export function writeCommitObject(repository: GitRepository, bytes: Buffer | string): string {
  repository.feed("", "hash-object", "-t", "tree", "-w", "--stdin");
  const id = repository.feed(bytes, "hash-object", "-t", "commit", "-w", "--stdin");
  repository.ask("update-ref", "refs/heads/main", id);
  return id;
}

/** The text of a commit of the empty tree. */
export function draftCommit(parents: readonly string[], message: string): Buffer {
  const who = "Test Signer <signer@example.com> 1767323045 +0000";
  const lines = [`tree ${EMPTY_TREE}`, ...parents.map((id) => `parent ${id}`), `author ${who}`, `committer ${who}`];
  return Buffer.from(`${lines.join("\n")}\n\n${message}\n`);
}

/** A commit with a signature over it. */
export function addSignature(payload: Buffer, signature: string): Buffer {
  const end = payload.indexOf("\n\n") + 1;
  const header = `gpgsig ${signature.trimEnd().replaceAll("\n", "\n ")}\n`;
  return Buffer.concat([payload.subarray(0, end), Buffer.from(header), payload.subarray(end)]);
}

const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
