import { afterEach, describe, expect, test } from "vitest";
import type { ForgeOptions } from "../../../src/pull-requests/forge/forge.ts";
import { openGitlab } from "../../../src/pull-requests/forge/gitlab.ts";
import { decodePermission } from "../../../src/pull-requests/forge/gitlab-answers.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import { codeOf } from "./await-failure.ts";
import { describeForge } from "./describe-forge.ts";
import { type GitlabServerOptions, startGitlabServer } from "./gitlab-server.ts";
import { WEB } from "./keep-commits.ts";

describeForge("GitLab", {
  start: startGitlabServer,
  open: openGitlab,
  reactions: { seen: "eyes", done: "thumbsup", refused: "thumbsdown" },
  error: "failure",
});

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const SHA = "a".repeat(40);
const STATUS = { context: "poolkeeper/plan", state: "pending", description: "Planning", url: null } as const;

async function openOn(settings: GitlabServerOptions = {}, options: Partial<ForgeOptions> = {}) {
  const server = await startGitlabServer(settings);
  const forge = openGitlab({
    ...{ kind: "gitlab", url: server.url, repository: server.repository, timeoutMs: PATIENCE_MS, ca: null },
    access: { kind: "token", token: () => server.token },
    ...options,
  });
  closers.push(async () => {
    await forge.close();
    expect(server.unknown()).toEqual([]);
    await server.close();
  });
  const open = (change: Partial<Parameters<typeof server.openRequest>[0]> = {}) =>
    server.openRequest({ title: "Two pools", author: "ada", branch: "pools", base: "main", sha: SHA, ...change });
  return { server, forge, open };
}

test("a request that is being merged is open, and known as such: what is published on it now is too late", async () => {
  const { server, forge, open } = await openOn();
  const number = open();
  expect(await forge.readRequest(number)).not.toHaveProperty("merging");
  server.changeRequest(number, { state: "locked" });
  expect(await forge.readRequest(number)).toMatchObject({ state: "open", merging: true });
});

test("a note's times tell of its edits, to the millisecond, where GraphQL does not", async () => {
  const { server, forge, open } = await openOn();
  const number = open();
  const [kept, edited] = [server.comment(number, "ada", "one"), server.comment(number, "ada", "two")];
  server.editComment(number, edited, "three", { instant: true });
  server.withoutGraphql();
  const edits = (await forge.listComments(number)).map(async (note) => [note.id, await forge.readEdit(number, note)]);
  expect(await Promise.all(edits)).toEqual([
    [kept, { kind: "none" }],
    [edited, { kind: "edited", by: null }],
  ]);
});

test("a commit that GitLab itself made for a user on its pages, and signed, is of that user alone", async () => {
  const { server, forge, open } = await openOn();
  const by = { author: "mona", pusher: "mona", before: "0".repeat(40) };
  const [web, other] = [
    { ...by, sha: "b".repeat(40), committer: WEB },
    { ...by, sha: SHA, committer: "will" },
  ];
  const number = open({ commits: [web, other] });
  expect(await forge.readOrigin(number)).toMatchObject({
    commits: [
      { sha: SHA, author: "mona", committer: "will" },
      { sha: "b".repeat(40), author: "mona", committer: "mona" },
    ],
    committers: ["will"],
    missing: null,
  });
  server.changeRequest(number, { sha: "c".repeat(40), commit: { author: null, committer: WEB } });
  const [newest] = (await forge.readOrigin(number)).commits;
  expect(newest).toMatchObject({ author: null, committer: null });
});

describe("a merge request", () => {
  test("that is there is read in full; its group's whole path is the repository", async () => {
    const { forge, open } = await openOn({ repository: "acme/platform/pools" });
    const number = open({ labels: ["compute"], draft: true });
    expect(await forge.readRequest(number)).toEqual({
      number,
      title: "Two pools",
      url: "https://gitlab.example.com/acme/platform/pools/-/merge_requests/1",
      author: "ada",
      state: "open",
      draft: true,
      labels: ["compute"],
      head: { sha: SHA, branch: "pools", fork: false, repository: null },
      base: "main",
      merged: null,
      opened: expect.stringMatching(/^2026-01-01T.*Z$/),
      updated_at: expect.stringMatching(/^2026-01-01T.*Z$/),
      queued: false,
    });
    expect(forge.place).toMatch(/^acme\/platform\/pools on 127\.0\.0\.1:\d+$/);
  });

  test("of another project is a fork's, also after that project was deleted", async () => {
    const { forge, open } = await openOn();
    const [own, fork, gone] = [open(), open({ fork: "bob/pools" }), open({ fork: "gone" })];
    const read = async (number: number) => (await forge.readRequest(number))?.head.fork;
    expect([await read(own), await read(fork), await read(gone)]).toEqual([false, true, true]);
  });

  test("that was merged says by whom, and what the base branch got; a fast-forward got the head itself", async () => {
    const { server, forge, open } = await openOn();
    const [merged, forwarded, closed] = [open(), open({ branch: "more" }), open({ branch: "none" })];
    server.merge(merged, "grace", "b".repeat(40));
    server.merge(forwarded, "grace", SHA);
    server.changeRequest(closed, { state: "closed" });
    expect(await forge.readRequest(merged)).toMatchObject({
      state: "merged",
      merged: { by: "grace", commit: "b".repeat(40) },
    });
    expect(await forge.readRequest(forwarded)).toMatchObject({ merged: { by: "grace", commit: SHA } });
    expect(await forge.readRequest(closed)).toMatchObject({ state: "closed", merged: null });
    expect(await forge.listOpen("main")).toEqual([]);
  });

  test("that is not there is null; a project that is not there is an error", async () => {
    const { server, forge } = await openOn();
    expect(await forge.readRequest(77)).toBeNull();
    const other = openGitlab({
      ...{ kind: "gitlab", url: server.url, repository: "acme/other", timeoutMs: PATIENCE_MS, ca: null },
      access: { kind: "token", token: () => server.token },
    });
    closers.push(() => other.close());
    await expect(other.readRequest(77)).rejects.toMatchObject({
      code: "forge_missing",
      message: expect.stringContaining("Project Not Found"),
    });
  });

  test("list of open ones takes all pages, oldest first, and leaves out other branches", async () => {
    const { server, forge, open } = await openOn({ pageLimit: 2 });
    const numbers = Array.from({ length: 5 }, (_, at) => open({ branch: `change-${at}` }));
    open({ branch: "elsewhere", base: "release" });
    expect((await forge.listOpen("main")).map(({ number }) => number)).toEqual(numbers);
    expect(server.calls()).toHaveLength(3);
  });
});

describe("a comment", () => {
  test("is listed with those before it; GitLab's own notes and those on lines of files are not", async () => {
    const { server, forge, open } = await openOn({ pageLimit: 2 });
    const number = open();
    server.comment(number, "ada", "Please look");
    server.changeRequest(number, { sha: "b".repeat(40) });
    server.commentOnLine(number, "grace", "Too large?");
    server.comment(number, "grace", "poolkeeper plan");
    const created = await forge.createComment(number, "The plan");
    expect(created).toMatchObject({ author: server.self, body: "The plan" });
    expect((await forge.listComments(number)).map(({ author, body }) => [author, body])).toEqual([
      ["ada", "Please look"],
      ["grace", "poolkeeper plan"],
      [server.self, "The plan"],
    ]);
  });

  test("of nothing but a quick action leaves no note, which is said", async () => {
    const { forge, open } = await openOn();
    await expect(forge.createComment(open(), "/close")).rejects.toMatchObject({ code: "forge_answer" });
  });

  test("that was deleted can't be rewritten", async () => {
    const { server, forge, open } = await openOn();
    const number = open();
    const { id } = await forge.createComment(number, "The plan");
    await forge.updateComment(number, id, "Another plan");
    expect(server.comments(number).map(({ body }) => body)).toEqual(["Another plan"]);
    server.deleteComment(number, id);
    await expect(forge.updateComment(number, id, "A third")).rejects.toMatchObject({ code: "forge_missing" });
  });

  test("takes each reaction once, and one that is there already is no error", async () => {
    const { server, forge, open } = await openOn();
    const number = open();
    const id = server.comment(number, "ada", "poolkeeper plan");
    for (const reaction of ["seen", "seen", "done", "refused"] as const) await forge.react(number, id, reaction);
    expect(server.reactions(number, id)).toEqual(["eyes", "thumbsup", "thumbsdown"]);
    await expect(forge.react(number, "4711", "seen")).rejects.toMatchObject({ code: "forge_missing" });
  });
});

describe("a status", () => {
  test("replaces the one of its name; pending twice is no error; a failure and an error are both failed", async () => {
    const { server, forge, open } = await openOn();
    open();
    await forge.setStatus(SHA, STATUS);
    await forge.setStatus(SHA, STATUS);
    await forge.setStatus(SHA, { ...STATUS, state: "error", url: "https://poolkeeper.example.com/plans/1" });
    await forge.setStatus(SHA, { ...STATUS, context: "poolkeeper/apply", state: "success" });
    expect(server.statuses(SHA)).toEqual([
      { ...STATUS, context: "poolkeeper/apply", state: "success" },
      { ...STATUS, state: "failure", url: "https://poolkeeper.example.com/plans/1" },
    ]);
  });

  test("too long to take is cut", async () => {
    const { server, forge, open } = await openOn();
    open();
    await forge.setStatus(SHA, { ...STATUS, description: "pool ".repeat(100) });
    expect(server.statuses(SHA)[0]?.description).toMatch(/^pool .{134}…$/);
  });

  test("of a fork's commit is refused by GitLab, and the error says why", async () => {
    const { forge, open } = await openOn();
    open({ fork: "bob/pools", sha: "c".repeat(40) });
    await expect(forge.setStatus("c".repeat(40), STATUS)).rejects.toMatchObject({
      code: "forge_missing",
      message: expect.stringContaining("It is a fork's"),
    });
    await expect(forge.setStatus("d".repeat(40), STATUS)).rejects.toMatchObject({ code: "forge_missing" });
  });

  test("at length is nothing that GitLab has", async () => {
    const { server, forge } = await openOn();
    const check = {
      name: "plan",
      conclusion: "failure",
      title: "x",
      summary: "y",
      annotations: [],
      url: null,
    } as const;
    expect(await forge.publishCheck(SHA, check)).toBe(false);
    expect(server.calls()).toEqual([]);
  });
});

test.each([
  [0, "none"],
  [5, "none"],
  [10, "read"],
  [15, "read"],
  [20, "read"],
  [30, "write"],
  [40, "write"],
  [50, "admin"],
] as const)("a member of level %i may do: %s", async (level, permission) => {
  const { server, forge } = await openOn();
  server.setLevel("ada", level);
  expect(await forge.readPermission("Ada")).toBe(permission);
});

test("nobody knows a stranger, who may do nothing", async () => {
  const { forge } = await openOn();
  expect(await forge.readPermission("mallory")).toBe("none");
});

describe("a proposal", () => {
  const draft = { branch: "poolkeeper/drift", base: "main", title: "Write back the drift", body: "What is live" };

  test("is opened once and brought up to date after that; a fork's branch of the same name is none of it", async () => {
    const { server, forge, open } = await openOn();
    open({ branch: draft.branch, fork: "bob/pools" });
    const opened = await forge.proposeRequest(draft);
    const again = await forge.proposeRequest({ ...draft, title: "Write back more" });
    expect(again.number).toBe(opened.number);
    expect(server.requests()).toHaveLength(2);
    expect(server.requests()[1]).toMatchObject({ title: "Write back more", body: "What is live", author: server.self });
  });

  test("that somebody else opened in between is brought up to date", async () => {
    const { server, forge, open } = await openOn();
    const number = open({ branch: draft.branch });
    server.fault({ kind: "status", status: 409 }, { call: /^POST / });
    expect(await forge.proposeRequest(draft)).toMatchObject({ number, title: draft.title });
    server.changeRequest(number, { state: "closed" });
    server.fault({ kind: "status", status: 409 }, { call: /^POST / });
    await expect(forge.proposeRequest(draft)).rejects.toMatchObject({ code: "forge_answer" });
  });
});

test("a token that GitLab does not take is refused with what to do, and never shown", async () => {
  const { server, forge } = await openOn();
  expect(await forge.readSelf()).toBe(server.self);
  server.revoke();
  const error = await forge.createComment(1, "x").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "forge_refused", next: "stop", outcomeUnknown: false });
  expect(String(error)).toContain("CI_JOB_TOKEN");
  expect(String(error)).not.toContain(server.token);
});

test("a GitHub App is no way into GitLab, and nothing is asked", async () => {
  const access = { kind: "app", app_id: 1, installation_id: 2, key: () => "" } as const;
  const { server, forge } = await openOn({}, { access });
  await expect(forge.readSelf()).rejects.toMatchObject({ code: "forge_refused" });
  expect(server.calls()).toEqual([]);
});

describe("merge trains", () => {
  test("are listed with their pipelines, over pages, without those of other branches", async () => {
    const { server, forge, open } = await openOn({ pageLimit: 1 });
    for (const [branch, base] of [
      ["one", "main"],
      ["two", "next"],
      ["three", "main"],
    ] as const) {
      const number = open({ branch, base });
      server.enqueue(number, "ada", `${number}`.repeat(40));
    }
    const cars = await forge.listTrain("main");
    expect(cars.map(({ number, sha }) => [number, sha])).toEqual([
      [1, "1".repeat(40)],
      [3, "3".repeat(40)],
    ]);
    expect(cars.every(({ pipeline }) => pipeline > 0)).toBe(true);
    expect((await forge.listOpen("main")).map(({ queued }) => queued)).toEqual([true, true]);
    server.dequeue(1);
    expect((await forge.readRequest(1))?.queued).toBe(false);
  });

  test("that a project does not have are no error, and are not asked for again at once", async () => {
    const { server, forge } = await openOn({ trains: false });
    expect([await forge.listTrain("main"), await forge.listTrain("main")]).toEqual([[], []]);
    expect(server.calls()).toHaveLength(1);
  });

  test("that can't be read with this token are an error", async () => {
    const { server, forge } = await openOn();
    server.revoke();
    expect(await codeOf(forge.listTrain("main"))).toBe("forge_refused");
  });

  test("take a status only in the pipeline of their commit", async () => {
    const { server, forge, open } = await openOn();
    const sha = "b".repeat(40);
    server.enqueue(open(), "ada", sha);
    const [car] = await forge.listTrain("main");
    expect(await codeOf(forge.setStatus(sha, STATUS))).toBe("forge_missing");
    await forge.setStatus(sha, { ...STATUS, pipeline: car?.pipeline ?? 0 });
    expect(server.statuses(sha)).toHaveLength(1);
  });
});

test.each([
  ["active", "write"],
  ["blocked", "none"],
  ["ldap_blocked", "none"],
  ["banned", "none"],
  ["deactivated", "none"],
])("a developer whose account is %s has the permission %s", (state, permission) => {
  expect(decodePermission({ access_level: 30, state })).toBe(permission);
});
