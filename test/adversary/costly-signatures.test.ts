/**
 * The attacker may push to the branch of one target, or has its git server, and no key that is trusted. The signatures of the commits are made so that
 * reading them takes long, on the thread that looks after all other targets, before it is known whose they are.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createMessage, generateKey, PacketList, SignaturePacket, sign } from "openpgp";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { parseCommit } from "../../src/reconcile/source/parse-commit.ts";
import { isOneSignature, readOpenpgpArmour } from "../../src/reconcile/source/read-openpgp-armour.ts";
import { addSignature, draftCommit, writeCommitObject } from "../reconcile/source/sign-commit.ts";
import { openSourceWorld } from "../reconcile/source/source-world.ts";

const SIGNED = join(import.meta.dirname, "..", "reconcile", "source", "signed");
const KEYS = ["openpgp-ed25519.asc", "ssh-ed25519.pub"].map((name) => join(SIGNED, name));
/** Lists of packets in them. */
const keysAlone = 1;
const UNTRUSTED = { armoured: await signBy("Mallory") };

/** A signature of a key that was made for it. */
async function signBy(name: string): Promise<string> {
  const { privateKey } = await generateKey({ userIDs: [{ name, email: "m@example.com" }], format: "object" });
  const message = await createMessage({ binary: new Uint8Array(draftCommit([], "x")) });
  return sign({ message, signingKeys: privateKey, detached: true });
}

const raw = readOpenpgpArmour(UNTRUSTED.armoured) ?? Buffer.alloc(0);
const repeat = (count: number, ...bytes: readonly number[]) => Buffer.alloc(count * bytes.length, Buffer.from(bytes));

function armour(bytes: Uint8Array, kind = "PGP"): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  const blank = kind === "PGP" ? [""] : [];
  return [`-----BEGIN ${kind} SIGNATURE-----`, ...blank, ...lines, `-----END ${kind} SIGNATURE-----`].join("\n");
}

/** How many lists of packets were read, the signature in each of them included. */
function countLists() {
  const read = vi.spyOn(PacketList.prototype, "read");
  onTestFinished(() => void read.mockRestore());
  return () => read.mock.calls.length;
}

async function openWith(signature: string) {
  const { repository, open, folder } = openSourceWorld();
  const id = writeCommitObject(repository, addSignature(draftCommit([], "x"), signature));
  const more = join(folder, "more.pub");
  writeFileSync(more, "# none yet\n");
  const source = await open({ verify: { mode: "head", keys: [...KEYS, more] } });
  await source.fetch();
  return { verify: () => source.verify(id, null), more };
}

describe("a signature", () => {
  test.each([
    ["of packets of two bytes, unknown", armour(repeat(5_000, 0xfc, 0))],
    ["of markers", armour(repeat(2_000, 0xca, 3, 0x50, 0x47, 0x50))],
    ["with a marker before it", armour(Buffer.concat([Buffer.from([0xca, 3, 0x50, 0x47, 0x50]), raw]))],
    ["twice", armour(Buffer.concat([raw, raw]))],
    ["in parts", armour(Buffer.concat([Buffer.from([0xc2, 0xe0, 4]), repeat(2_000, 0xe0, 4)]))],
    ["of no length", armour(Buffer.concat([Buffer.from([0x8b]), repeat(100, 0xfc, 0)]))],
    ["that is cut", armour(raw.subarray(0, -1))],
    ["that is no signature", armour(Buffer.from([0xcb, 1, 0]))],
  ])("%s is refused before a library reads it", async (_, signature) => {
    const { verify } = await openWith(signature);
    const lists = countLists();
    expect(await verify()).toMatchObject({ message: expect.stringContaining("not the signature of exactly one key") });
    expect(lists()).toBe(keysAlone);
  });

  test.each([
    ["OpenPGP", armour(Buffer.concat([Buffer.from([0xc2, 0xff, 0, 0, 0x40, 0]), Buffer.alloc(0x4000)]))],
    ["SSH", armour(Buffer.alloc(0x4000), "SSH")],
  ])("by %s of more than 16 kB is not looked into", async (_, signature) => {
    const { verify } = await openWith(signature);
    const lists = countLists();
    expect(await verify()).toMatchObject({ message: expect.stringContaining("more than 16 kB") });
    expect(lists()).toBe(keysAlone);
  });

  test("that was refused is not read again until the trusted keys are others", async () => {
    const { verify, more } = await openWith(UNTRUSTED.armoured);
    const read = vi.spyOn(SignaturePacket.prototype, "read");
    onTestFinished(() => void read.mockRestore());
    const readTimes = async () => {
      read.mockClear();
      const { ok } = await verify();
      return { ok, times: read.mock.calls.length };
    };
    const [first, second] = [await readTimes(), await readTimes()];
    writeFileSync(more, "# none at all\n");
    const third = await readTimes();
    // The trusted keys have signatures of their own.
    expect([first.ok, second.times - first.times, third.times - first.times]).toEqual([false, -1, 0]);
  });
});

test("a commit with hundreds of thousands of headers has the first of them, and all others are signed text", () => {
  const head = "parent x\n".repeat(5_000);
  const { parents, signatures, payload } = parseCommit("id", Buffer.from(`${head}gpgsig y\n\nmessage\n`));
  expect(parents).toHaveLength(1_000);
  expect(signatures).toEqual([]);
  expect(payload.toString()).toBe(`${head}gpgsig y\n\nmessage\n`);
});

test("the heads that honest signers write are known, old and new", () => {
  const body = Buffer.alloc(300);
  const heads = [
    [0x89, 1, 44],
    [0x8a, 0, 0, 1, 44],
    [0xc2, 192, 108],
    [0xc2, 255, 0, 0, 1, 44],
  ];
  for (const head of heads) expect(isOneSignature(Buffer.concat([Buffer.from(head), body]))).toBe(true);
  expect(isOneSignature(Buffer.concat([Buffer.from([0x88, 100]), Buffer.alloc(100)]))).toBe(true);
  expect(isOneSignature(Buffer.alloc(0))).toBe(false);
});
