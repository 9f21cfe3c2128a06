import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { MirrorOptions } from "../../../src/reconcile/source/describe-mirror.ts";
import { explainPushError } from "../../../src/reconcile/source/explain-push-error.ts";
import type { ProposedCommit } from "../../../src/reconcile/source/proposals.ts";
import { leaseLost } from "../../../src/store/leases/lease-state.ts";
import type { PushedFile } from "../../set-up/create-git-repository.ts";
import { openProposalWorld, proposalsOf } from "./proposal-world.ts";

const CREDENTIALS = { username: "git", password: "s3cret-token" };
const AUTHOR = { name: "poolkeeper", email: "poolkeeper@example.com" };
const FILES = new Map([
  ["x/a.yaml", "live\n"],
  ["new/é.yaml", "new\n"],
  ["gone.yaml", null],
  ["empty.yaml", ""],
]);

/** A repository behind HTTP, and what would be written back to it. */
async function openPushing(start: Readonly<Record<string, PushedFile>> = {}) {
  const world = openProposalWorld();
  const { repository, folder } = world;
  const base = repository.push({ "x/a.yaml": "1\n", "x/b.yaml": "1\n", "gone.yaml": "1\n", ...start });
  const token = join(folder, "token");
  writeFileSync(token, CREDENTIALS.password);
  const { url, server } = await world.serve({ credentials: CREDENTIALS });
  const source = await world.open({ url, token: { file: token } });
  await source.fetch();
  const commit: ProposedCommit = {
    ...{ base, branch: "poolkeeper/drift", files: FILES, author: AUTHOR, message: "Write back what is live\n\nmore" },
    at: new Date("2026-11-21T10:00:00Z"),
  };
  const proposals = proposalsOf(source);
  const push = (changes: Partial<ProposedCommit> = {}, confirm = async () => {}) =>
    proposals.commitAndPush({ ...commit, ...changes }, confirm);
  const tip = () => repository.ask("for-each-ref", "--format=%(objectname)", "refs/heads/poolkeeper/drift");
  return { ...world, url, server, source, proposals, base, push, tip };
}

describe("a commit for a branch of our own", () => {
  test("is the base with other files, by the author that is given, and is pushed over HTTP", async () => {
    const { repository, push, tip, base } = await openPushing({ "run.sh": "x" });
    const { sha, pushed } = await push();
    expect(pushed).toBe(true);
    expect(tip()).toBe(sha);
    expect(repository.ask("diff-tree", "-r", "-z", "--no-renames", "--name-status", base, sha).split("\0")).toEqual([
      ...["A", "empty.yaml", "D", "gone.yaml", "A", "new/é.yaml", "M", "x/a.yaml", ""],
    ]);
    expect(repository.ask("show", `${sha}:x/a.yaml`)).toBe("live");
    expect(repository.ask("log", "-1", "--format=%an %ae %cn %ce %at %ct %P %B", sha)).toBe(
      `poolkeeper poolkeeper@example.com poolkeeper poolkeeper@example.com 1795255200 1795255200 ${base} Write back what is live\n\nmore`,
    );
  });

  test("is not pushed again on the same base, and replaces the one before on another or with other files", async () => {
    const { repository, push, tip, source } = await openPushing();
    const { sha } = await push();
    expect(await push({ at: new Date("2026-11-22T10:00:00Z"), message: "Other words" })).toEqual({
      sha,
      pushed: false,
    });
    const other = await push({ files: new Map([["x/b.yaml", "live\n"]]) });
    expect(other.pushed).toBe(true);
    const base = repository.push({ "c.yaml": "1" });
    await source.fetch();
    const moved = await push({ base });
    expect(moved.pushed).toBe(true);
    expect(tip()).toBe(moved.sha);
    expect(repository.ask("rev-parse", `${moved.sha}^`)).toBe(base);
    // Deleted after a merge, it is made again.
    repository.ask("update-ref", "-d", "refs/heads/poolkeeper/drift");
    expect(await push({ base })).toMatchObject({ pushed: true });
  });

  test("is not pushed by who lost the right to it in between, as a replica that was suspended did", async () => {
    const { push, tip } = await openPushing();
    const { sha } = await push();
    const lost = push({ files: new Map([["x/b.yaml", "old\n"]]) }, () => Promise.reject(leaseLost("another has it")));
    await expect(lost).rejects.toMatchObject({ code: "lease_lost" });
    expect(tip()).toBe(sha);
  });

  test("is known again by a mirror that is new", async () => {
    const { push, mirrors, source } = await openPushing();
    const { sha } = await push();
    rmSync(mirrors, { recursive: true });
    await source.fetch();
    expect(await push()).toEqual({ sha, pushed: false });
  });

  test("does not overwrite commits of others", async () => {
    const { repository, push, tip } = await openPushing();
    const { sha } = await push();
    repository.push({ "x/b.yaml": "mine" }, { branch: "poolkeeper/drift", from: sha });
    const theirs = tip();
    await expect(push({ files: new Map([["x/a.yaml", "2"]]) })).rejects.toMatchObject({
      code: "push_refused",
      next: "wait",
      message: expect.stringContaining("author@example.com"),
    });
    expect(tip()).toBe(theirs);
  });

  test.each<[string, string, string, Record<string, unknown>]>([
    [
      "by a rule of the server",
      "pre-receive",
      "#!/bin/sh\necho 'this branch is protected' >&2\nexit 1\n",
      { code: "push_refused", next: "wait", message: expect.stringMatching(/this branch is protected.*rules of the/) },
    ],
    [
      "because somebody else pushes in this moment",
      "pre-receive",
      `#!/bin/sh\nunset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/poolkeeper/drift main\n`,
      { code: "push_contended", next: "retry" },
    ],
  ])("that is not taken %s says so, and nothing is overwritten", async (_what, hook, script, error) => {
    const { repository, push, tip, base } = await openPushing();
    mkdirSync(join(repository.folder, "hooks"), { recursive: true });
    writeFileSync(join(repository.folder, "hooks", hook), script);
    chmodSync(join(repository.folder, "hooks", hook), 0o755);
    await expect(push()).rejects.toMatchObject(error);
    expect(["", base]).toContain(tip());
    rmSync(join(repository.folder, "hooks", hook));
  });

  test("that the credentials may not push says so, without them", async () => {
    const { server, push, tip } = await openPushing();
    server.forbidPush(true);
    const failure = await push().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "push_refused", message: expect.stringContaining("write access") });
    expect(String(failure)).not.toContain(CREDENTIALS.password);
    expect(tip()).toBe("");
    server.forbidPush(false);
    expect(await push()).toMatchObject({ pushed: true });
  });

  test.each(["main", "-x", "a..b", "HEAD", "a b", "x:y", ""])(
    "is for a plain branch of its own, not %j",
    async (branch) => {
      const { push, repository, base } = await openPushing();
      await expect(push({ branch })).rejects.toMatchObject({ code: "push_refused" });
      expect(repository.ask("rev-parse", "main")).toBe(base);
    },
  );

  test.each(["../a", "/a", "a//b", ".git/config", "x/.GIT/hooks", "link", "link/a.yaml", "x", "x/b.yaml/c", "module"])(
    "writes files within it alone, in the place of files, not %j",
    async (path) => {
      const { push, tip, repository, source } = await openPushing({ link: { link: "x" } });
      repository.push({ module: { module: "1".repeat(40) } });
      const { id } = await source.fetch();
      await expect(push({ base: id, files: new Map([[path, "x"]]) })).rejects.toMatchObject({ code: "push_refused" });
      expect(tip()).toBe("");
    },
  );

  test("goes onto a base that was fetched alone", async () => {
    const { push, propose, proposals } = await openPushing();
    const sha = propose(1, { "b.yaml": "1" });
    await proposals.fetch("github", [{ number: 1, sha }]);
    for (const base of [sha, "1".repeat(40), "main"])
      await expect(push({ base })).rejects.toMatchObject({ code: "revision_missing" });
  });
});

describe("what git says of a push", () => {
  test("of a branch that is not what it was seen as is told from a rule of the server", async () => {
    const { repository, base, configure } = await openPushing();
    repository.push({ a: "1" }, { branch: "poolkeeper/drift" });
    const options: MirrorOptions = {
      ...{ config: configure(), scheme: "file", token: null, folder: "", place: "" },
      signal: new AbortController().signal,
      warn: () => undefined,
    };
    const lease = `--force-with-lease=refs/heads/poolkeeper/drift:${"1".repeat(40)}`;
    const push = () => repository.ask("push", "--quiet", lease, repository.url, `${base}:refs/heads/poolkeeper/drift`);
    expect(explainPushError(catchError(push), options, "poolkeeper/drift")).toMatchObject({ code: "push_contended" });
  });
});

function catchError(task: () => unknown): unknown {
  try {
    return task();
  } catch (error) {
    return error;
  }
}
