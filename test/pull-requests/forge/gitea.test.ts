import { afterEach, describe, expect, test } from "vitest";
import type { ForgeOptions } from "../../../src/pull-requests/forge/forge.ts";
import { openGitea } from "../../../src/pull-requests/forge/gitea.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import { describeForge } from "./describe-forge.ts";
import type { ForgeServerOptions } from "./forge-server.ts";
import { startGiteaServer } from "./gitea-server.ts";

describeForge("Gitea", {
  start: startGiteaServer,
  open: openGitea,
  reactions: { seen: "eyes", done: "+1", refused: "-1" },
  permissions: ["write", "write", "none", "none", "none"],
  editors: false,
});

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const SHA = "a".repeat(40);
const STATUS = { context: "poolkeeper/plan", state: "pending", description: "Planning", url: null } as const;

async function openOn(settings: ForgeServerOptions = {}, options: Partial<ForgeOptions> = {}) {
  const server = await startGiteaServer(settings);
  const forge = openGitea({
    ...{ kind: "gitea", url: server.url, repository: server.repository, timeoutMs: PATIENCE_MS, ca: null },
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

describe("a pull request", () => {
  test("that is there is read in full, its time in UTC", async () => {
    const { forge, open } = await openOn();
    const number = open({ labels: ["compute"], draft: true });
    expect(await forge.readRequest(number)).toEqual({
      number,
      title: "Two pools",
      url: "https://gitea.example.com/acme/pools/pulls/1",
      author: "ada",
      state: "open",
      draft: true,
      labels: ["compute"],
      head: { sha: SHA, branch: "pools", fork: false, repository: "acme/pools" },
      base: "main",
      merged: null,
      opened: expect.stringMatching(/^2026-01-01T.*Z$/),
      updated_at: "2026-01-01T00:00:01.000Z",
    });
  });

  test("of another repository is a fork's, also after that repository was deleted, and keeps its branch's name", async () => {
    const { forge, open } = await openOn();
    const [fork, gone] = [open({ fork: "bob/pools" }), open({ fork: "gone" })];
    const head = { sha: SHA, branch: "pools", fork: true };
    expect(await forge.readRequest(fork)).toMatchObject({ head: { ...head, repository: "bob/pools" } });
    expect(await forge.readRequest(gone)).toMatchObject({ head: { ...head, repository: null } });
  });

  test("that was merged says by whom and what the base branch got; a closed one is not merged", async () => {
    const { server, forge, open } = await openOn();
    const [merged, closed] = [open(), open({ branch: "none" })];
    server.merge(merged, "grace", "b".repeat(40));
    server.changeRequest(closed, { state: "closed" });
    const by = { by: "grace", commit: "b".repeat(40) };
    expect(await forge.readRequest(merged)).toMatchObject({ state: "merged", merged: by });
    expect(await forge.readRequest(closed)).toMatchObject({ state: "closed", merged: null });
    expect(await forge.listOpen("main")).toEqual([]);
  });

  test("that is not there is null; a repository that is not there is an error", async () => {
    const { server, forge } = await openOn();
    expect(await forge.readRequest(77)).toBeNull();
    const other = openGitea({
      ...{ kind: "gitea", url: server.url, repository: "acme/other", timeoutMs: PATIENCE_MS, ca: null },
      access: { kind: "token", token: () => server.token },
    });
    closers.push(() => other.close());
    await expect(other.readRequest(77)).rejects.toMatchObject({ code: "forge_missing" });
  });

  test("list of open ones takes all pages, also where they are shorter than was asked for, oldest first", async () => {
    const { server, forge, open } = await openOn({ pageLimit: 2 });
    const numbers = Array.from({ length: 5 }, (_, at) => open({ branch: `change-${at}` }));
    open({ branch: "elsewhere", base: "release" });
    expect((await forge.listOpen("main")).map(({ number }) => number)).toEqual(numbers);
    expect(server.calls()).toHaveLength(3);
  });
});

describe("a comment", () => {
  test("is listed with all others in one call, oldest first", async () => {
    const { server, forge, open } = await openOn({ pageLimit: 2 });
    const number = open();
    for (const body of ["one", "two", "three"]) server.comment(number, "ada", body);
    expect(await forge.createComment(number, "four")).toMatchObject({ author: server.self, body: "four" });
    const before = server.calls().length;
    expect((await forge.listComments(number)).map(({ body }) => body)).toEqual(["one", "two", "three", "four"]);
    expect(server.calls().length - before).toBe(1);
  });

  test("that was deleted can't be rewritten, and one on no request can't be written", async () => {
    const { server, forge, open } = await openOn();
    const number = open();
    const { id } = await forge.createComment(number, "The plan");
    await forge.updateComment(number, id, "Another plan");
    expect(server.comments(number).map(({ body }) => body)).toEqual(["Another plan"]);
    server.deleteComment(number, id);
    await expect(forge.updateComment(number, id, "A third")).rejects.toMatchObject({ code: "forge_missing" });
    await expect(forge.createComment(77, "x")).rejects.toMatchObject({ code: "forge_missing" });
  });

  test("takes each reaction once, and one that is there already is no error", async () => {
    const { server, forge, open } = await openOn();
    const number = open();
    const id = server.comment(number, "ada", "poolkeeper plan");
    for (const reaction of ["seen", "seen", "done", "refused"] as const) await forge.react(number, id, reaction);
    expect(server.reactions(number, id)).toEqual(["eyes", "+1", "-1"]);
  });
});

describe("a status", () => {
  test("replaces the one of its name and is cut where it is too long", async () => {
    const { server, forge, open } = await openOn();
    open();
    await forge.setStatus(SHA, STATUS);
    const url = "https://poolkeeper.example.com/plans/1";
    await forge.setStatus(SHA, { ...STATUS, state: "error", url, description: "x".repeat(200) });
    const description = `${"x".repeat(139)}…`;
    expect(server.statuses(SHA)).toEqual([{ ...STATUS, state: "error", url, description }]);
  });

  test("of a commit that Gitea does not have fails inside Gitea, and the error says why", async () => {
    const { forge } = await openOn();
    await expect(forge.setStatus("d".repeat(40), STATUS)).rejects.toMatchObject({
      code: "forge_missing",
      message: expect.stringContaining("commit not found"),
    });
  });

  test("that fails inside Gitea for another reason stays a failure of Gitea", async () => {
    const { server, forge, open } = await openOn();
    open();
    server.fault({ kind: "status", status: 500 }, { times: 4, call: /^POST .*statuses/ });
    await expect(forge.setStatus(SHA, STATUS)).rejects.toMatchObject({ code: "forge_unreachable" });
  });
});

test.each(["none", "read", "write", "admin"] as const)(
  "who may do %s is known to write or not, by a token that may write",
  async (permission) => {
    const { server, forge } = await openOn();
    server.allow("Ada", permission);
    expect(await forge.readPermission("ada")).toBe(permission === "write" || permission === "admin" ? "write" : "none");
    expect(await forge.readPermission("mallory")).toBe("none");
    expect(server.calls().some(({ path }) => path.includes("collaborators"))).toBe(false);
  },
);

test("a Gitea without a list of assignees is asked as an administrator, and refuses others with what to do", async () => {
  const { server, forge } = await openOn();
  server.withoutAssignees();
  server.allow("ada", "read");
  await expect(forge.readPermission("ada")).rejects.toMatchObject({ code: "forge_refused" });
  server.promote();
  expect(await forge.readPermission("ada")).toBe("read");
  expect(await forge.readPermission("mallory")).toBe("none");
});

test.each([
  ["detects no merges", false, true],
  ["takes pushes for merges, by whose author's address it is", true, false],
  ["is too old to say", null, false],
] as const)("who merged is proven or not on a Gitea that %s", async (_name, detects, isProven) => {
  const { server, forge } = await openOn();
  server.detectMerges(detects);
  expect(await forge.provesMergers()).toBe(isProven);
});

test("what was merged lately is listed where a Gitea can't be asked about a commit", async () => {
  const { server, forge, open } = await openOn();
  const [merged, other] = [open(), open({ branch: "other" })];
  server.merge(merged, "grace", "b".repeat(40));
  server.merge(other, "grace", "c".repeat(40));
  server.fault({ kind: "status", status: 404 }, { call: /\/commits\//, times: 10 });
  expect(await forge.findMerged("main", "b".repeat(40))).toBeNull();
  expect(await forge.listMergedLately("main")).toMatchObject([{ number: other }, { number: merged }]);
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

  test("to another branch than an open one is opened beside it", async () => {
    const { server, forge, open } = await openOn();
    open({ branch: draft.branch, base: "release" });
    await forge.proposeRequest(draft);
    expect(server.requests().map(({ base }) => base)).toEqual(["release", "main"]);
  });
});

test("a token that Gitea does not take is refused with what to do, and never shown", async () => {
  const { server, forge } = await openOn();
  expect(await forge.readSelf()).toBe(server.self);
  server.revoke();
  const error = await forge.createComment(1, "x").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "forge_refused", next: "stop", outcomeUnknown: false });
  expect(String(error)).toContain("write:issue");
  expect(String(error)).not.toContain(server.token);
});
