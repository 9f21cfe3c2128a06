import { addSignature, type createSshSigner } from "../reconcile/source/sign-commit.ts";
import type { DaemonWorld } from "./open-daemon-world.ts";

/** Puts a signed commit in the place of the newest one of the repository; gives it. */
export function signNewest({ repository }: DaemonWorld, signer: ReturnType<typeof createSshSigner>): string {
  const payload = Buffer.from(`${repository.ask("cat-file", "commit", "main")}\n`);
  const signed = addSignature(payload, signer.sign(payload));
  const id = repository.feed(signed, "hash-object", "-t", "commit", "-w", "--stdin");
  repository.ask("update-ref", "refs/heads/main", id);
  return id;
}
