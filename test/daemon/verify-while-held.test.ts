import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/store/open-store.ts";
import { addSignature, createSshSigner } from "../reconcile/source/sign-commit.ts";
import { MOVE } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "./open-daemon-world.ts";

/** Puts a signed commit in the place of the newest one of the repository. */
function sign({ repository }: DaemonWorld, signer: ReturnType<typeof createSshSigner>): string {
  const payload = Buffer.from(`${repository.ask("cat-file", "commit", "main")}\n`);
  const signed = addSignature(payload, signer.sign(payload));
  const id = repository.feed(signed, "hash-object", "-t", "commit", "-w", "--stdin");
  repository.ask("update-ref", "refs/heads/main", id);
  return id;
}

test("while a plan is held, what was verified is kept; other keys look at all of it again", async () => {
  const world = await openDaemonWorld();
  const [old, young] = [1, 2].map((number) => createSshSigner(generateKeyPairSync("ed25519"), `Signer ${number}`));
  if (old === undefined || young === undefined) throw new Error("there are two signers");
  const keys = join(world.folder, "keys");
  writeFileSync(keys, old.line);
  const applied = sign(world, old);
  const daemon = await world.start({ repository: { verify: { mode: "all", keys: [keys] } } });
  await daemon.until((seen) => seen.applied_revision === applied);
  const { records, close } = await openDatabase(join(world.folder, "data"));
  onTestFinished(close);
  world.repository.push(MOVE);
  const held = sign(world, old);
  await daemon.until((seen) => seen.status.state === "AwaitingApproval" && seen.last_pass?.revision === held);
  expect(await records.readState("prod")).toMatchObject({ applied_revision: applied, verified: { revision: held } });
  writeFileSync(keys, young.line);
  world.repository.push({ "README.md": "Read me" });
  const newest = sign(world, young);
  const refused = await daemon.until((seen) => seen.last_pass?.revision === newest);
  expect(refused.last_pass?.outcome).toMatchObject({ kind: "refused", message: expect.stringContaining(held) });
  writeFileSync(keys, old.line + young.line);
  await daemon.until((seen) => seen.status.state === "AwaitingApproval" && seen.last_pass?.revision === newest);
  expect(await records.readState("prod")).toMatchObject({ applied_revision: applied, verified: { revision: newest } });
});
