import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { Forge } from "../../../src/pull-requests/forge/forge.ts";
import { openGithub } from "../../../src/pull-requests/forge/github.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import { codeOf, failureOf } from "./await-failure.ts";
import { sha } from "./forge-subject.ts";
import { startGithubServer } from "./github-server.ts";

const TOKEN = "github_pat_11AAAAAA0_contract";
const REQUEST = { title: "Add a pool", author: "mona", branch: "add-pool", base: "main", sha: sha("a") };
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

function open(url: string): Forge {
  const access = { kind: "token", token: () => TOKEN } as const;
  const forge = openGithub({ kind: "github", url, repository: "acme/pools", access, timeoutMs: PATIENCE_MS, ca: null });
  opened.push(forge);
  return forge;
}

async function begin() {
  const server = await startGithubServer();
  const forge = open(server.url);
  opened.push(server);
  return { server, forge };
}

/** A server that answers each call as it is told. */
async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  opened.push({ close });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("answers", () => {
  test("the requests that were merged with one are found among any number that changed since", async () => {
    const { server, forge } = await begin();
    const [own, other] = [server.openRequest(REQUEST), server.openRequest({ ...REQUEST, branch: "other" })];
    const rest = Array.from({ length: 250 }, (_, index) => server.openRequest({ ...REQUEST, branch: `left-${index}` }));
    server.merge(other, "hubot", sha("d"));
    server.merge(own, "hubot", sha("e"));
    for (const number of rest) server.changeRequest(number, { state: "closed" });
    const request = (await forge.readRequest(own)) ?? expect.fail();
    expect((await forge.listMergedWith(request))?.map(({ number }) => number)).toEqual([other]);
  });

  test("of requests that were merged with one, no more than five thousand that changed since are read, and that there are more is said", async () => {
    const { server, forge } = await begin();
    const own = server.openRequest(REQUEST);
    const rest = Array.from({ length: 5_000 }, (_, index) => server.openRequest({ ...REQUEST, branch: `b${index}` }));
    server.merge(own, "hubot", sha("e"));
    for (const number of rest) server.changeRequest(number, { state: "closed" });
    const request = (await forge.readRequest(own)) ?? expect.fail();
    const before = server.calls().length;
    expect(await forge.listMergedWith(request)).toBeNull();
    expect(server.calls()).toHaveLength(before + 50);
  });

  test("a list that has not changed costs nothing, and a change is seen at once", async () => {
    const { server, forge } = await begin();
    server.openRequest(REQUEST);
    const first = await forge.listOpen("main");
    expect(await forge.listOpen("main")).toEqual(first);
    expect(server.unchanged()).toBe(1);
    server.changeRequest(1, { sha: sha("b") });
    expect((await forge.listOpen("main"))[0]?.head.sha).toBe(sha("b"));
    expect(await forge.listOpen("main")).toHaveLength(1);
    expect(server.unchanged()).toBe(2);
  });

  test("a comment over the limit is refused in GitHub's words", async () => {
    const { server, forge } = await begin();
    const number = server.openRequest(REQUEST);
    const error = await failureOf(forge.createComment(number, "x".repeat(forge.maxComment + 1)));
    expect(error).toMatchObject({ code: "forge_answer", next: "stop", outcomeUnknown: false });
    expect(error.message).toContain("body is too long");
    expect(server.comments(number)).toEqual([]);
  });

  test("a status of a commit that is not there is missing", async () => {
    const { forge } = await begin();
    const status = { context: "poolkeeper/plan", state: "success", description: "", url: null } as const;
    expect(await codeOf(forge.setStatus(sha("0"), status))).toBe("forge_missing");
  });

  test("what can't get better by asking again is asked once", async () => {
    const { server, forge } = await begin();
    expect(await forge.readRequest(99)).toBeNull();
    for (const status of [400, 401, 403, 404, 410, 422, 429, 451]) {
      server.fault({ kind: "status", status });
      await failureOf(forge.listOpen("main"));
    }
    server.limit(300);
    await failureOf(forge.listOpen("main"));
    server.limit(300, { kind: "burst" });
    await failureOf(forge.listOpen("main"));
    expect(server.calls()).toHaveLength(11);
  });

  test("a read is tried three times at most", async () => {
    const { server, forge } = await begin();
    server.fault({ kind: "status", status: 500 }, { times: 9 });
    await failureOf(forge.listOpen("main"));
    expect(server.calls()).toHaveLength(3);
  });

  test("two proposals side by side open one request", async () => {
    const { server, forge } = await begin();
    const draft = { branch: "poolkeeper/drift", base: "main", title: "Take over drift", body: "one" };
    const [one, other] = await Promise.all([forge.proposeRequest(draft), forge.proposeRequest(draft)]);
    expect(one.number).toBe(other.number);
    expect(server.requests()).toHaveLength(1);
    expect(server.calls().filter(({ method }) => method === "POST")).toHaveLength(2);
  });

  test("an answer that is cut short is unreachable, not half a list", async () => {
    const url = await listen((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write("[", () => response.destroy());
    });
    expect(await codeOf(open(url).listOpen("main"))).toBe("forge_unreachable");
  });

  test("JSON that is no request and no list is no answer of GitHub", async () => {
    const url = await listen((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
    });
    const forge = open(url);
    expect(await codeOf(forge.listOpen("main"))).toBe("forge_answer");
    expect(await codeOf(forge.readRequest(1))).toBe("forge_answer");
    expect(await codeOf(forge.createComment(1, "plan"))).toBe("forge_answer");
    expect(await codeOf(forge.readSelf())).toBe("forge_answer");
    expect(await codeOf(forge.readPermission("mona"))).toBe("forge_answer");
  });

  test("a time of a comment that is as long as a book is none, as records name comments by it", async () => {
    const comment = { id: 1, user: { login: "mona" }, body: "plan", created_at: "2026-01-05T08:00:00Z" };
    let answer = [comment];
    const url = await listen((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
    const [read] = await open(url).listComments(1);
    expect(read?.created_at).toBe(comment.created_at);
    const book = `Jan 5 2026 08:00:00 UTC (${"c".repeat(4_000)})`;
    expect(new Date(book).getTime()).toBe(Date.parse(comment.created_at));
    answer = [{ ...comment, created_at: book }];
    expect(await codeOf(open(url).listComments(1))).toBe("forge_answer");
  });

  test("a gateway that repeats the token does not get it into the message", async () => {
    const url = await listen((request, response) => {
      const body = JSON.stringify({ message: `bad header ${request.headers.authorization}\u001b[31m` });
      response.writeHead(400, { "content-type": "application/json" }).end(body);
    });
    const error = await failureOf(open(url).listOpen("main"));
    expect(error.message).toContain("bad header");
    expect(error.message).not.toContain(TOKEN);
    expect(error.message).not.toContain("\u001b");
  });

  test("a list without end is given up, and that is said", async () => {
    const url = await listen((request, response) => {
      const link = `<http://${request.headers.host}${request.url}>; rel="next"`;
      response.writeHead(200, { "content-type": "application/json", link }).end("[]");
    });
    const error = await failureOf(open(url).listComments(1));
    expect(error.code).toBe("forge_answer");
    expect(error.message).toContain("more than 200 pages");
  });

  test.each([
    [429, {}, 60_000],
    [429, { "retry-after": "90" }, 90_000],
    [403, { "retry-after": "90" }, 90_000],
  ])("status %s with %j asks for patience", async (status, headers, retryAfterMs) => {
    const url = await listen((_request, response) => {
      const body = '{"message":"You have exceeded a secondary rate limit."}';
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
    });
    expect(await failureOf(open(url).listOpen("main"))).toMatchObject({ code: "forge_limited", retryAfterMs });
  });
});

test("a webhook of the double is signed as GitHub's, and a replay has the same id", async () => {
  const { server } = await begin();
  const got: { headers: IncomingHttpHeaders; body: string }[] = [];
  const target = await listen(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    got.push({ headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
    response.writeHead(202).end();
  });
  const number = server.openRequest({ ...REQUEST, title: "Füge hinzu" });
  const comment = server.comment(number, "mona", "poolkeeper plan");
  const event = { kind: "request", number, action: "pushed", id: "one" } as const;
  expect(await server.deliver(target, "secret", event)).toBe(202);
  await server.deliver(target, "secret", event);
  await server.deliver(target, "secret", { kind: "push", branch: "main", sha: sha("b") });
  await server.deliver(target, "secret", { kind: "comment", number, comment });
  expect(got.map(({ headers }) => headers["x-github-event"])).toEqual([
    "pull_request",
    "pull_request",
    "push",
    "issue_comment",
  ]);
  expect(got.slice(0, 2).map(({ headers }) => headers["x-github-delivery"])).toEqual(["one", "one"]);
  for (const { headers, body } of got) {
    const signature = createHmac("sha256", "secret").update(body).digest("hex");
    expect(headers["x-hub-signature-256"]).toBe(`sha256=${signature}`);
  }
  expect(JSON.parse(got[0]?.body ?? "")).toMatchObject({
    action: "synchronize",
    number,
    pull_request: { head: { sha: sha("a") } },
  });
  expect(JSON.parse(got[2]?.body ?? "")).toMatchObject({ ref: "refs/heads/main", after: sha("b") });
  expect(JSON.parse(got[3]?.body ?? "")).toMatchObject({
    action: "created",
    comment: { id: Number(comment), body: "poolkeeper plan" },
  });
});

describe("whose the commits of a request are", () => {
  const pull = { head: { sha: sha("b"), ref: "add-pool", repo: { full_name: "acme/pools" } } };
  const commit = (digit: string, committer: string) => ({
    ...{ sha: sha(digit), author: { login: "mona" }, committer: { login: committer } },
  });
  const move = (before: string, after: string, login: string) => ({
    ...{ before: sha(before), after: sha(after), actor: { login } },
  });

  /** What is read of a request with the commits `a` and `b`. */
  async function read(activity: readonly object[], committer = "mona") {
    const commits = [commit("a", committer), commit("b", committer)];
    const url = await listen(({ url: path = "" }, response) => {
      const body = path.includes("/activity?") ? activity : path.includes("/commits") ? commits : pull;
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    return open(url).readOrigin(7);
  }

  test("is whole with the push of the newest commit, and of each commit from which a push went on", async () => {
    expect(await read([move("a", "b", "eve"), move("0", "a", "mona")])).toMatchObject({
      pushes: [{ login: "eve" }, { login: "mona" }],
      missing: null,
    });
    expect(await read([move("0", "b", "eve")])).toMatchObject({ pushes: [{ login: "eve" }], missing: null });
  });

  test.each<readonly [string, readonly object[], string]>([
    ["the newest commit", [move("0", "a", "mona")], "b"],
    ["a commit before", [move("a", "b", "eve")], "a"],
    ["any commit, as it is not reported yet", [], "b"],
  ])("is not, where the push of %s is missing", async (_what, activity, digit) => {
    expect((await read(activity)).missing).toBe(`GitHub does not say who pushed the commit ${digit.repeat(12)}`);
  });

  test("is of the author, where GitHub itself committed what was made on its pages", async () => {
    const { commits } = await read([move("0", "b", "mona")], "web-flow");
    expect(commits.map(({ committer }) => committer)).toEqual(["mona", "mona"]);
  });
});
