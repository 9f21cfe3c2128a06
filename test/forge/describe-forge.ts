import { afterEach, describe, expect, test } from "vitest";
import type { Forge, ForgeOptions, Permission, Reaction } from "../../src/forge/forge.ts";
import { OperationalError } from "../../src/model/operational-error.ts";
import { PATIENCE_MS, SOON_MS } from "../set-up/patience.ts";
import type { ForgeServer, ForgeServerOptions, NewRequest } from "./forge-server.ts";

/** What is to be tried, and where the forges differ. */
export interface ForgeSubject {
  readonly start: (options?: ForgeServerOptions) => Promise<ForgeServer>;
  readonly open: (options: ForgeOptions) => Forge;
  /** The forge's own names of reactions. */
  readonly reactions: Readonly<Record<Reaction, string>>;
  /** What is told of an administrator, a writer, a reader, somebody without rights, and a stranger; default each as it is. */
  readonly permissions?: readonly Permission[];
  /** What an error becomes where the forge has one word for errors and failures. Default `error`. */
  readonly error?: "error" | "failure";
  /** False: the forge does not tell who edited a comment, nor of an edit within a second. Default true. */
  readonly editors?: boolean;
}

/** A commit's name from a digit. */
export const sha = (digit: string) => digit.repeat(40);
const REQUEST: NewRequest = { title: "Add a pool", author: "mona", branch: "add-pool", base: "main", sha: sha("a") };
const PERMISSIONS: readonly Permission[] = ["admin", "write", "read", "none", "none"];

/** What every client of a forge does the same way, tried against a server that answers as the forge does. */
export function describeForge(
  name: string,
  { start, open, reactions, permissions = PERMISSIONS, error: errorState = "error", editors = true }: ForgeSubject,
): void {
  const opened: { close(): Promise<void> }[] = [];
  const servers: ForgeServer[] = [];

  async function begin(change: Partial<ForgeOptions> = {}, options: ForgeServerOptions = {}) {
    const server = await start(options);
    const forge = open({
      kind: server.kind,
      url: server.url,
      repository: server.repository,
      access: { kind: "token", token: () => server.token },
      timeoutMs: PATIENCE_MS,
      ca: null,
      ...change,
    });
    servers.push(server);
    opened.push(forge, server);
    return { server, forge };
  }

  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    expect(servers.splice(0).flatMap((server) => server.unknown())).toEqual([]);
  });

  describe(`${name}: reading`, () => {
    test("its own login is read", async () => {
      const { server, forge } = await begin();
      expect(await forge.readSelf()).toBe(server.self);
    });

    test("open requests of the branch are listed over all pages, oldest first", async () => {
      const { server, forge } = await begin({}, { pageLimit: 2 });
      for (const branch of ["one", "two", "three", "four", "five"]) server.openRequest({ ...REQUEST, branch });
      server.openRequest({ ...REQUEST, branch: "six", base: "release" });
      server.changeRequest(2, { state: "closed" });
      server.merge(4, "hubot", sha("b"));
      expect((await forge.listOpen("main")).map(({ number }) => number)).toEqual([1, 3, 5]);
      server.changeRequest(2, { state: "open" });
      server.changeRequest(3, { base: "release" });
      expect((await forge.listOpen("main")).map(({ number }) => number)).toEqual([1, 2, 5]);
    });

    test("a request tells its head, base, author, labels, draft and page", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest({ ...REQUEST, draft: true, labels: ["routing", "urgent"] });
      expect(await forge.readRequest(number)).toMatchObject({
        number,
        title: "Add a pool",
        author: "mona",
        state: "open",
        draft: true,
        labels: ["routing", "urgent"],
        head: { sha: sha("a"), branch: "add-pool", fork: false },
        base: "main",
        merged: null,
      });
      const request = await forge.readRequest(number);
      expect(request?.url).toContain(server.repository);
      expect(request?.updated_at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    });

    test("a push moves the head and the time, in the list too", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      const [before] = await forge.listOpen("main");
      server.changeRequest(number, { sha: sha("c") });
      const [after] = await forge.listOpen("main");
      expect(after?.head.sha).toBe(sha("c"));
      expect(after?.updated_at).not.toBe(before?.updated_at);
    });

    test("a head in another repository, or in one that is gone, is a fork's", async () => {
      const { server, forge } = await begin();
      server.openRequest({ ...REQUEST, fork: "mona/pools" });
      server.openRequest({ ...REQUEST, fork: "gone" });
      expect((await forge.listOpen("main")).map(({ head }) => head.fork)).toEqual([true, true]);
    });

    test("a merged request tells by whom and as which commit, a closed one is not merged, a missing one is null", async () => {
      const { server, forge } = await begin();
      const merged = server.openRequest(REQUEST);
      const closed = server.openRequest({ ...REQUEST, branch: "other" });
      server.merge(merged, "hubot", sha("d"));
      server.changeRequest(closed, { state: "closed" });
      expect(await forge.readRequest(merged)).toMatchObject({
        state: "merged",
        merged: { by: "hubot", commit: sha("d") },
      });
      expect(await forge.readRequest(closed)).toMatchObject({ state: "closed", merged: null });
      expect(await forge.readRequest(99)).toBeNull();
    });

    test("the request that a commit was merged from is found by it; a commit that was pushed is of none", async () => {
      const { server, forge } = await begin();
      const merged = server.openRequest(REQUEST);
      const elsewhere = server.openRequest({ ...REQUEST, branch: "other", base: "release", sha: sha("b") });
      server.openRequest({ ...REQUEST, branch: "open", sha: sha("c") });
      server.merge(merged, "hubot", sha("d"));
      server.merge(elsewhere, "hubot", sha("e"));
      expect(await forge.findMerged("main", sha("d"))).toMatchObject({ number: merged, merged: { commit: sha("d") } });
      for (const digit of ["c", "e", "f"]) expect(await forge.findMerged("main", sha(digit))).toBeNull();
    });

    test("permissions are told as far as the forge tells them, and a stranger has none", async () => {
      const { server, forge } = await begin();
      server.allow("ada", "admin");
      server.allow("will", "write");
      server.allow("rita", "read");
      server.allow("nick", "none");
      const found = await Promise.all(["ada", "will", "rita", "nick", "stranger"].map(forge.readPermission));
      expect(found).toEqual(permissions);
    });
  });

  describe(`${name}: rights`, () => {
    test("of a token with what is documented are no more than is needed", async () => {
      const { forge } = await begin();
      expect(await forge.readExcess()).toEqual([]);
    });

    test("of an administrator's token are named", async () => {
      const { server, forge } = await begin();
      server.promote();
      const excess = await forge.readExcess();
      expect(excess[0]).toMatch(/^administer the (repository|project)/);
    });
  });

  describe(`${name}: comments`, () => {
    test("all pages of comments come, oldest first, with author and text as written", async () => {
      const { server, forge } = await begin({}, { pageLimit: 2 });
      const number = server.openRequest(REQUEST);
      const bodies = ["one", "two <!-- marker -->", "three\n\n```diff\n+ x\n```", "four ü 🎉", "five"];
      const ids = bodies.map((body) => server.comment(number, "mona", body));
      const comments = await forge.listComments(number);
      expect(comments.map(({ id, author, body }) => ({ id, author, body }))).toEqual(
        bodies.map((body, index) => ({ id: ids[index], author: "mona", body })),
      );
    });

    test("a comment that was edited is said to be so, by whom where the forge tells", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      const changed = server.comment(number, "mona", "one");
      server.comment(number, "mona", "two");
      server.editComment(number, changed, "poolkeeper approve", { by: "mallory" });
      const comments = await forge.listComments(number);
      const edits = await Promise.all(comments.map((comment) => forge.readEdit(number, comment)));
      expect(edits).toEqual([
        { kind: "edited", by: editors ? "mallory" : null },
        { kind: editors ? "none" : "unknown" },
      ]);
    });

    test("an edit within the second of the writing is seen, or the forge says that it can't tell", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.editComment(number, server.comment(number, "mona", "one"), "two", { by: "mallory", instant: true });
      const [comment] = await forge.listComments(number);
      expect(comment?.body).toBe("two");
      if (comment === undefined) return;
      expect(await forge.readEdit(number, comment)).toEqual(
        editors ? { kind: "edited", by: "mallory" } : { kind: "unknown" },
      );
    });

    test("a comment that was rewritten has the time that lists show, and was edited by the daemon's account", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      const { id } = await forge.createComment(number, "first");
      const rewritten = await forge.updateComment(number, id, "second");
      expect(await forge.listComments(number)).toEqual([rewritten]);
      expect(await forge.readComment(number, id)).toEqual(rewritten);
      const edit = await forge.readEdit(number, rewritten);
      expect(edit).toEqual({ kind: "edited", by: editors ? server.self : null });
      server.deleteComment(number, id);
      expect(await forge.readComment(number, id)).toBeNull();
    });

    test("a comment is created as the daemon's account and rewritten in place", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      const comment = await forge.createComment(number, "first");
      expect(comment).toMatchObject({ author: server.self, body: "first" });
      await forge.updateComment(number, comment.id, "second");
      expect(server.comments(number).map(({ id, body }) => ({ id, body }))).toEqual([
        { id: comment.id, body: "second" },
      ]);
    });

    test("a comment that somebody deleted is missing, and so are those of a missing request", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      const { id } = await forge.createComment(number, "first");
      server.deleteComment(number, id);
      expect(await codeOf(forge.updateComment(number, id, "second"))).toBe("forge_missing");
      expect(await codeOf(forge.listComments(99))).toBe("forge_missing");
      expect(await codeOf(forge.createComment(99, "lost"))).toBe("forge_missing");
    });

    test("a comment of the greatest length is taken, a longer one is an error and no comment", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      await forge.createComment(number, "x".repeat(forge.maxComment));
      expect(server.comments(number).map(({ body }) => body.length)).toEqual([forge.maxComment]);
    });

    test("reactions carry the forge's names, and one that is there already is no error", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      const comment = server.comment(number, "mona", "poolkeeper plan");
      await forge.react(number, comment, "seen");
      await forge.react(number, comment, "seen");
      await forge.react(number, comment, "done");
      await forge.react(number, comment, "refused");
      expect(server.reactions(number, comment)).toEqual([reactions.seen, reactions.done, reactions.refused]);
    });
  });

  describe(`${name}: statuses and proposals`, () => {
    test("a status is set and replaced by the next one of its context", async () => {
      const { server, forge } = await begin();
      server.openRequest(REQUEST);
      const status = {
        context: "poolkeeper/plan",
        description: "planning",
        url: "https://poolkeeper.example.com/plan",
      };
      await forge.setStatus(sha("a"), { ...status, state: "pending" });
      await forge.setStatus(sha("a"), { ...status, state: "success", description: "2 changes", url: null });
      await forge.setStatus(sha("a"), { ...status, context: "poolkeeper/apply", state: "error" });
      await forge.setStatus(sha("a"), { ...status, context: "poolkeeper/other", state: "failure" });
      expect(server.statuses(sha("a")).map(({ context, state }) => `${context} ${state}`)).toEqual([
        "poolkeeper/other failure",
        `poolkeeper/apply ${errorState}`,
        "poolkeeper/plan success",
      ]);
      expect(server.statuses(sha("a")).at(-1)?.description).toBe("2 changes");
      expect(server.statuses(sha("a")).at(0)?.url).toBe("https://poolkeeper.example.com/plan");
    });

    test("the same status set twice is no error", async () => {
      const { server, forge } = await begin();
      server.openRequest(REQUEST);
      const status = { context: "poolkeeper/plan", state: "pending", description: "planning", url: null } as const;
      await forge.setStatus(sha("a"), status);
      await forge.setStatus(sha("a"), status);
      expect(server.statuses(sha("a"))).toMatchObject([{ state: "pending" }]);
    });

    test("a description is cut to 140 characters and no character in two", async () => {
      const { server, forge } = await begin();
      server.openRequest(REQUEST);
      await forge.setStatus(sha("a"), {
        context: "poolkeeper/plan",
        state: "success",
        description: "🎉".repeat(150),
        url: null,
      });
      const [status] = server.statuses(sha("a"));
      expect([...(status?.description ?? "")]).toHaveLength(140);
      expect(status?.description).toBe(`${"🎉".repeat(139)}…`);
    });

    test("a proposal opens one request, brings that one up to date, and opens another after it was merged", async () => {
      const { server, forge } = await begin();
      server.openRequest(REQUEST);
      const draft = { branch: "poolkeeper/drift", base: "main", title: "Take over drift", body: "one" };
      const first = await forge.proposeRequest(draft);
      const same = await forge.proposeRequest({ ...draft, title: "Take over more drift", body: "two" });
      expect(same.number).toBe(first.number);
      expect(server.requests().at(-1)).toMatchObject({
        number: first.number,
        title: "Take over more drift",
        body: "two",
        branch: "poolkeeper/drift",
        author: server.self,
      });
      server.merge(first.number, "mona", sha("e"));
      const next = await forge.proposeRequest(draft);
      expect(next).toMatchObject({ state: "open", base: "main", head: { branch: "poolkeeper/drift", fork: false } });
      expect(next.number).not.toBe(first.number);
    });

    test("a fork's branch of the same name is not taken for the proposal's", async () => {
      const { server, forge } = await begin();
      const other = server.openRequest({ ...REQUEST, branch: "poolkeeper/drift", fork: "mona/pools" });
      const draft = { branch: "poolkeeper/drift", base: "main", title: "Take over drift", body: "one" };
      expect((await forge.proposeRequest(draft)).number).not.toBe(other);
      expect(server.requests()[0]?.title).toBe("Add a pool");
    });
  });

  describe(`${name}: faults`, () => {
    test("a read that fails twice inside the forge is repeated", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.fault({ kind: "status", status: 502 });
      server.fault({ kind: "cut_before" });
      expect((await forge.readRequest(number))?.number).toBe(number);
    });

    test("a read that keeps failing is unreachable, and worth another try", async () => {
      const { server, forge } = await begin();
      server.fault({ kind: "status", status: 503 }, { times: 20 });
      const error = await failureOf(forge.listOpen("main"));
      expect(error).toMatchObject({ code: "forge_unreachable", next: "retry", outcomeUnknown: false });
    });

    test("a comment whose answer is lost is not sent again, and its outcome is unknown", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.fault({ kind: "cut_after" }, { call: /^POST / });
      const error = await failureOf(forge.createComment(number, "once"));
      expect(error).toMatchObject({ code: "forge_unreachable", next: "retry", outcomeUnknown: true });
      expect(server.comments(number)).toHaveLength(1);
    });

    test("a comment that the forge fails on is not sent again", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.fault({ kind: "status", status: 500 }, { call: /^POST / });
      expect(await codeOf(forge.createComment(number, "once"))).toBe("forge_unreachable");
      expect(server.calls().filter(({ method }) => method === "POST")).toHaveLength(1);
    });

    test("an answer that does not come in time is unreachable, and not waited for twice", async () => {
      const { server, forge } = await begin({ timeoutMs: SOON_MS });
      const number = server.openRequest(REQUEST);
      server.hold();
      expect(await codeOf(forge.readRequest(number))).toBe("forge_unreachable");
      // The first one may be given up before it is sent.
      expect(server.calls().length).toBeLessThanOrEqual(1);
    });

    test("a page of HTML is no answer of the forge", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.fault({ kind: "garbage" }, { times: 3 });
      expect(await codeOf(forge.readRequest(number))).toBe("forge_answer");
      expect(await codeOf(forge.listOpen("main"))).toBe("forge_answer");
      expect(await codeOf(forge.createComment(number, "lost"))).toBe("forge_answer");
    });

    test("a forge that is not there is unreachable, and its address is named", async () => {
      const { server, forge } = await begin();
      await server.close();
      opened.pop();
      const error = await failureOf(forge.readSelf());
      expect(error).toMatchObject({ code: "forge_unreachable", next: "retry" });
      expect(error.message).toContain(new URL(server.url).host);
    });

    test("a limit of minutes is told with how long to wait, and nothing is done meanwhile", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.limit(3_600);
      const error = await failureOf(forge.createComment(number, "later"));
      expect(error).toMatchObject({ code: "forge_limited", next: "retry", outcomeUnknown: false });
      // Some forges name the moment when it ends, and it takes a while until that is read.
      expect(error.retryAfterMs).toBeGreaterThan(3_600_000 - PATIENCE_MS);
      expect(error.retryAfterMs).toBeLessThanOrEqual(3_602_000);
      expect(server.comments(number)).toEqual([]);
      await forge.createComment(number, "now");
      expect(server.comments(number)).toHaveLength(1);
    });

    test("a limit of a second in the middle of a list is waited for", async () => {
      const { server, forge } = await begin({}, { pageLimit: 1 });
      const number = server.openRequest(REQUEST);
      for (const body of ["one", "two", "three"]) server.comment(number, "mona", body);
      server.limit(1, { after: 1, kind: "burst" });
      expect(await forge.listComments(number)).toHaveLength(3);
    });

    test("a token that was taken back is refused with what to do, and never repeated", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.revoke();
      for (const act of [
        () => forge.readSelf(),
        () => forge.listOpen("main"),
        () => forge.createComment(number, "no"),
      ]) {
        const error = await failureOf(act());
        expect(error).toMatchObject({ code: "forge_refused", next: "stop" });
        expect(error.message).toMatch(/token/i);
        expect(error.message).not.toContain(server.token);
      }
    });

    test("a token that was replaced counts with the next call", async () => {
      let token = "not-yet-the-right-one";
      const { server, forge } = await begin({ access: { kind: "token", token: () => token } });
      expect(await codeOf(forge.readSelf())).toBe("forge_refused");
      token = server.token;
      expect(await forge.readSelf()).toBe(server.self);
    });

    test("each call over the network is told, repeated ones too", async () => {
      const told: string[] = [];
      const { server, forge } = await begin({ onCall: (method) => told.push(method) });
      server.openRequest(REQUEST);
      server.fault({ kind: "status", status: 502 });
      await forge.listOpen("main");
      expect(told).toHaveLength(server.calls().length);
      expect(new Set(told)).toEqual(new Set(["listOpen"]));
      expect(told.length).toBeGreaterThanOrEqual(2);
    });
  });
}

/** The OperationalError that a call ends with; anything else fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<OperationalError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof OperationalError) return error;
  throw new Error("no OperationalError came", { cause: error });
}

/** The code of that error. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return (await failureOf(call)).code;
}
