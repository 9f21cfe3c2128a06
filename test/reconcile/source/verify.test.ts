import { generateKeyPairSync } from "node:crypto";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createMessage, generateKey, sign } from "openpgp";
import { describe, expect, test } from "vitest";
import type { VerifiedRevision } from "../../../src/model/daemon/daemon-records.ts";
import type { Verification } from "../../../src/reconcile/source/source.ts";
import { addSignature, createSshSigner, draftCommit, writeCommitObject } from "./sign-commit.ts";
import { openSourceWorld } from "./source-world.ts";

const SIGNED = join(import.meta.dirname, "signed");
const KEYS = readdirSync(SIGNED).filter((name) => /\.(asc|pub)$/.test(name));
const NOW = new Date("2027-01-01T00:00:00Z");

function read(name: string): string {
  return readFileSync(join(SIGNED, name), "utf8");
}

/** Verifies one commit, after it went through a remote, by keys of the fixtures. */
async function verifyOne(commit: Buffer | string, keys: readonly string[] = KEYS) {
  const { repository, open } = openSourceWorld();
  const id = writeCommitObject(repository, commit);
  const paths = keys.map((name) => (name.startsWith("/") ? name : join(SIGNED, name)));
  const source = await open({ verify: { mode: "head", keys: paths } }, { now: () => NOW });
  await source.fetch();
  return { id, verified: await source.verify(id, null) };
}

describe("a commit that git signed", () => {
  test.each([
    ["openpgp-ed25519", /^Test Signer openpgp-ed25519 <.*> \([0-9A-F]{40}\)$/],
    ["openpgp-rsa", /^Test Signer openpgp-rsa/],
    ["openpgp-subkey", /^Test Signer openpgp-subkey/],
    ["ssh-ed25519", /^Test Signer \(SHA256:[\w+/]{43}\)$/],
    ["ssh-ecdsa-256", /^Test Signer \(SHA256:/],
    ["ssh-ecdsa-384", /^Test Signer \(SHA256:/],
    ["ssh-ecdsa-521", /^Test Signer \(SHA256:/],
    ["ssh-rsa-3072", /^Test Signer \(SHA256:/],
  ])("%s is taken, and its signer named", async (name, signer) => {
    const { verified } = await verifyOne(read(`${name}.commit`));
    expect(verified).toEqual({ ok: true, signers: [expect.stringMatching(signer)], verified: null });
  });

  test.each(["openpgp-ed25519", "openpgp-rsa", "openpgp-subkey", "ssh-ed25519", "ssh-ecdsa-256", "ssh-rsa-3072"])(
    "%s and changed afterwards is refused",
    async (name) => {
      const { id, verified } = await verifyOne(read(`${name}.commit`).replace("With a body", "With a bode"));
      expect(verified).toMatchObject({ ok: false, message: expect.stringContaining(id) });
      expect(verified).toMatchObject({ message: expect.stringContaining("does not match its content") });
    },
  );

  test("and whose subject has a credential is refused without repeating a part of it", async () => {
    const commit = read("ssh-ed25519.commit").replace("With a body", "With a bode");
    for (const before of ["", "x ".repeat(30)]) {
      const [head = ""] = commit.split("\n\n", 1);
      const { verified } = await verifyOne(`${head}\n\n${before}ghp_${"mark".repeat(9)}\n`);
      expect(verified).toMatchObject({ ok: false, message: expect.stringContaining("***") });
      expect(verified).toMatchObject({ message: expect.not.stringContaining("mark") });
    }
  });

  test.each(["openpgp-ed25519", "openpgp-rsa", "openpgp-subkey", "ssh-ed25519", "ssh-ecdsa-256", "ssh-rsa-3072"])(
    "%s by a key that nobody trusts is refused",
    async (name) => {
      const others = KEYS.filter((file) => !file.startsWith(`${name}.`));
      const { verified } = await verifyOne(read(`${name}.commit`), others);
      expect(verified).toMatchObject({ ok: false, message: expect.stringContaining("which is not trusted") });
    },
  );

  test.each([
    ["openpgp-expired", "a key that expired on 2026-06-01"],
    ["openpgp-revoked", "a key that is revoked"],
    ["openpgp-sha1", "has a signature that is not accepted"],
    ["ssh-namespace", 'it is for "file", not for git'],
    ["unsigned", "is not signed"],
  ])("%s is refused, with what is wrong and what to do", async (name, words) => {
    const { id, verified } = await verifyOne(read(`${name}.commit`));
    expect(verified.ok).toBe(false);
    expect(verified).toMatchObject({ message: expect.stringMatching(new RegExp(`^The commit ${id} \\("Signed by`)) });
    expect(verified).toMatchObject({ message: expect.stringContaining(words) });
  });

  test("takes the signature of another commit for none of its own", async () => {
    const other = draftCommit([], "Not what was signed");
    const [, signature = ""] = /gpgsig ([\s\S]*?-----END SSH SIGNATURE-----)/.exec(read("ssh-ed25519.commit")) ?? [];
    const { verified } = await verifyOne(addSignature(other, signature.replaceAll("\n ", "\n")));
    expect(verified).toMatchObject({ ok: false, message: expect.stringContaining("does not match its content") });
  });

  test("with two signatures is refused, whichever is right", async () => {
    const text = read("ssh-ed25519.commit");
    const [header = ""] = /gpgsig [\s\S]*?-----END SSH SIGNATURE-----\n/.exec(text) ?? [];
    const { verified } = await verifyOne(text.replace(header, header + header));
    expect(verified).toMatchObject({ ok: false, message: expect.stringContaining("there is more than one") });
  });

  test.each([
    "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----",
    "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----",
    "hello",
  ])("with %j for a signature is refused", async (signature) => {
    const { verified } = await verifyOne(addSignature(draftCommit([], "x"), signature));
    expect(verified).toMatchObject({ ok: false, message: expect.stringContaining("is not accepted") });
  });
});

describe("a commit signed by OpenPGP", () => {
  test("is taken from a key made now, and refused by the same key once it ended", async () => {
    const date = new Date("2026-12-01T00:00:00Z");
    const userIDs = [{ name: "Test Signer", email: "signer@example.com" }];
    const { privateKey, publicKey } = await generateKey({
      userIDs,
      date,
      keyExpirationTime: 60 * 86_400,
      format: "object",
    });
    const payload = draftCommit([], "Signed by a library");
    const message = await createMessage({ binary: new Uint8Array(payload) });
    const signature = await sign({ message, signingKeys: privateKey, detached: true, date });
    const commit = addSignature(payload, String(signature).replaceAll("\r\n", "\n"));
    const { folder, repository, open } = openSourceWorld();
    const path = join(folder, "key.asc");
    writeFileSync(path, publicKey.armor());
    const id = writeCommitObject(repository, commit);
    const verifyAt = async (at: string) => {
      const source = await open({ verify: { mode: "head", keys: [path] } }, { now: () => new Date(at) });
      await source.fetch();
      return source.verify(id, null);
    };
    expect(await verifyAt("2027-01-01T00:00:00Z")).toMatchObject({ ok: true });
    expect(await verifyAt("2027-03-01T00:00:00Z")).toMatchObject({
      ok: false,
      message: expect.stringContaining("expired on 2027-01-30"),
    });
    expect(await verifyAt("2026-11-01T00:00:00Z")).toMatchObject({ ok: false });
  });
});

/** A repository whose commits one key signs, or nobody. */
function openHistory() {
  const world = openSourceWorld();
  const signer = createSshSigner(generateKeyPairSync("ed25519"), "Test Signer");
  const path = join(world.folder, "keys");
  writeFileSync(path, `# who may push\n\n${signer.line}`);
  return {
    ...world,
    path,
    commit: (parents: readonly string[], message: string, isSigned = true) => {
      const payload = draftCommit(parents, message);
      return writeCommitObject(world.repository, isSigned ? addSignature(payload, signer.sign(payload)) : payload);
    },
    openAll: () => world.open({ verify: { mode: "all", keys: [path] } }),
  };
}

/** Pushes 1001 commits on top of one, none of them signed; gives the last. */
function pushMany({ repository }: ReturnType<typeof openHistory>, first: string): string {
  const stream = Array.from(
    { length: 1001 },
    (_, index) =>
      `commit refs/heads/main\ncommitter T <t@example.com> ${1767323100 + index} +0000\ndata 1\nx\n${index === 0 ? `from ${first}\n` : ""}\n`,
  );
  repository.feed(stream.join(""), "fast-import", "--quiet");
  return repository.ask("rev-parse", "main");
}

describe("every commit since the last one", () => {
  test("has to be signed, those that a merge brings included; what was before has not", async () => {
    const { commit, openAll } = openHistory();
    const old = commit([], "old", false);
    const first = commit([old], "first");
    const side = commit([old], "side", false);
    const signedSide = commit([old], "signed side");
    const merged = commit([first, signedSide], "merge");
    const bad = commit([merged, side], "merge of what is not signed");
    const source = await openAll();
    await source.fetch();
    expect(await source.verify(merged, old)).toMatchObject({
      ok: true,
      signers: [expect.stringContaining("Test Signer")],
    });
    expect(await source.verify(old, null)).toMatchObject({ ok: false });
    expect(await source.verify(bad, old)).toMatchObject({
      ok: false,
      message: expect.stringMatching(new RegExp(`The commit ${side} \\("side" by .*is not signed`)),
    });
    expect(await source.verify(bad, side)).toMatchObject({ ok: true });
  });

  test("can't be told when the last one is gone, which is said", async () => {
    const { commit, openAll } = openHistory();
    const id = commit([], "first");
    const source = await openAll();
    await source.fetch();
    expect(await source.verify(id, "1".repeat(40))).toMatchObject({
      ok: false,
      message: expect.stringContaining("is no longer in the mirror"),
    });
  });

  test("is checked up to a thousand, and past them refused as a whole", async () => {
    const history = openHistory();
    const { commit, openAll } = history;
    const first = commit([], "first");
    pushMany(history, first);
    const source = await openAll();
    const { id } = await source.fetch();
    expect(await source.verify(id, first)).toMatchObject({
      ok: false,
      message: expect.stringContaining("more than 1000 commits"),
    });
  });
});

describe("a revision that was verified", () => {
  /** What verifying a revision came to, where it was good. */
  async function take(verifying: Promise<Verification>): Promise<VerifiedRevision | null> {
    const verification = await verifying;
    if (!verification.ok) throw new Error(verification.message);
    return verification.verified;
  }

  test("is where the next check begins, however long nothing was applied", async () => {
    const history = openHistory();
    const { commit, openAll } = history;
    const first = commit([], "first");
    const source = await openAll();
    await source.fetch();
    const verified = await take(source.verify(first, null));
    expect(verified).toEqual({ revision: first, under: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const held = commit([pushMany(history, first)], "held");
    const newest = commit([held], "newest");
    await source.fetch();
    expect(await source.verify(newest, first, verified)).toMatchObject({ ok: false });
    // As if they had come one by one, each held.
    const since = { revision: held, under: verified?.under ?? "" };
    expect(await take(source.verify(newest, first, since))).toEqual({ ...since, revision: newest });
    const bad = commit([commit([newest], "not signed", false)], "after it");
    await source.fetch();
    expect(await source.verify(bad, first, { ...since, revision: newest })).toMatchObject({
      ok: false,
      message: expect.stringContaining("not signed"),
    });
  });

  test.each(["keys", "mode"])("counts for nothing under another %s", async (what) => {
    const { commit, openAll, open, path } = openHistory();
    const first = commit([], "first");
    const side = commit([first], "side", false);
    const newest = commit([side], "newest");
    const source = await openAll();
    await source.fetch();
    const under = (await take(source.verify(first, null)))?.under ?? "";
    expect(await source.verify(newest, first, { revision: side, under })).toMatchObject({ ok: true });
    if (what === "keys") appendFileSync(path, createSshSigner(generateKeyPairSync("ed25519"), "Another").line);
    const head = await open({ verify: { mode: "head", keys: [path] } });
    const then = what === "keys" ? under : ((await take(head.verify(first, null)))?.under ?? "none");
    expect(await source.verify(newest, first, { revision: side, under: then })).toMatchObject({
      ok: false,
      message: expect.stringContaining(side),
    });
  });

  test.each(["is not part of the new history", "is gone"])("and %s gives way to the one applied last", async (why) => {
    const { commit, openAll } = openHistory();
    const applied = commit([], "applied", false);
    const between = commit([applied], "between", false);
    const held = commit([between], "held");
    const source = await openAll();
    await source.fetch();
    const under = (await take(source.verify(held, between)))?.under ?? "";
    const good = commit([commit([applied], "rewritten")], "newest");
    await source.fetch();
    const bad = commit([between], "around it");
    await source.fetch();
    const revision = why === "is gone" ? "1".repeat(40) : held;
    expect(await source.verify(good, applied, { revision, under })).toMatchObject({ ok: true });
    expect(await source.verify(bad, applied, { revision, under })).toMatchObject({
      ok: false,
      message: expect.stringContaining(between),
    });
  });
});

describe("the files of trusted keys", () => {
  test.each([
    ["-----BEGIN OPENSSH PRIVATE KEY-----\n", "contains a private key"],
    ["-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "contains a private key"],
    ["ssh-ed25519 AAAA name\n", "keys:1"],
    ["\n# names\ncommand=x ssh-ed25519 AAAA\n", "keys:3"],
    ["ssh-dss AAAAB3NzaC1kc3M= name\n", "are not supported"],
    ["# nobody\n", "no key"],
    ["-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----\n", "no public key"],
    ["-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n", "can't be read"],
  ])("are refused as a whole when they hold %j", async (text, words) => {
    const { folder, repository, open } = openSourceWorld();
    const path = join(folder, "keys");
    writeFileSync(path, text);
    const id = repository.push({ "a.yaml": "1" });
    const source = await open({ verify: { mode: "head", keys: [path] } });
    await source.fetch();
    await expect(source.verify(id, null)).rejects.toMatchObject({
      code: "source_refused",
      message: expect.stringContaining(words),
    });
  });

  test("that are not there are refused", async () => {
    const { folder, repository, open } = openSourceWorld();
    const id = repository.push({ "a.yaml": "1" });
    const source = await open({ verify: { mode: "head", keys: [join(folder, "none")] } });
    await source.fetch();
    await expect(source.verify(id, null)).rejects.toMatchObject({ code: "source_refused" });
  });

  test("are not read when nothing is verified", async () => {
    const { repository, open } = openSourceWorld();
    const id = repository.push({ "a.yaml": "1" });
    const source = await open({ verify: { mode: "none", keys: ["/nowhere"] } });
    await source.fetch();
    expect(await source.verify(id, null)).toEqual({ ok: true, signers: [], verified: null });
  });
});
