import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { ForgeServer } from "./forge-server.ts";
import { startGiteaServer } from "./gitea-server.ts";
import { startGitlabServer } from "./gitlab-server.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Takes webhooks and keeps them. */
async function receive() {
  const received: { headers: IncomingHttpHeaders; text: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ headers: request.headers, text: Buffer.concat(chunks).toString("utf8") });
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => server.close());
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

function openOn(server: ForgeServer): number {
  closers.push(() => server.close());
  const about = { title: "Two pools", author: "ada", branch: "pools", base: "main" };
  return server.openRequest({ ...about, sha: "a".repeat(40) });
}

test("GitLab sends the secret itself, and the same id for the same event", async () => {
  const server = await startGitlabServer();
  const number = openOn(server);
  const { received, url } = await receive();
  const event = { kind: "request", id: "one", number, action: "opened" } as const;
  expect(await server.deliver(url, "s3cret", event)).toBe(202);
  expect(await server.deliver(url, "s3cret", event)).toBe(202);
  const comment = server.comment(number, "ada", "poolkeeper plan");
  await server.deliver(url, "s3cret", { kind: "comment", number, comment });
  await server.deliver(url, "", { kind: "push", branch: "main", sha: "b".repeat(40) });
  expect(received.map(({ headers }) => headers["x-gitlab-event"])).toEqual([
    "Merge Request Hook",
    "Merge Request Hook",
    "Note Hook",
    "Push Hook",
  ]);
  expect(received.map(({ headers }) => headers["x-gitlab-token"])).toEqual(["s3cret", "s3cret", "s3cret", undefined]);
  const ids = received.map(({ headers }) => headers["x-gitlab-event-uuid"]);
  expect(ids.slice(0, 2)).toEqual(["one", "one"]);
  expect(new Set(ids).size).toBe(3);
  const [opened, , note, push] = received.map(({ text }) => JSON.parse(text));
  expect(opened).toMatchObject({
    object_attributes: { iid: number, action: "open", last_commit: { id: "a".repeat(40) } },
  });
  expect(note).toMatchObject({ object_attributes: { note: "poolkeeper plan" }, merge_request: { iid: number } });
  expect(push).toMatchObject({ ref: "refs/heads/main", after: "b".repeat(40) });
});

test("Gitea signs the very bytes under three names; without a secret the signatures are empty", async () => {
  const server = await startGiteaServer();
  const number = openOn(server);
  const { received, url } = await receive();
  await server.deliver(url, "s3cret", { kind: "request", number, action: "pushed" });
  server.merge(number, "grace", "b".repeat(40));
  await server.deliver(url, "s3cret", { kind: "request", number, action: "merged" });
  const comment = server.comment(number, "ada", "poolkeeper plan");
  await server.deliver(url, "", { kind: "comment", number, comment });
  const [pushed, merged, note] = received;
  const signature = createHmac("sha256", "s3cret")
    .update(pushed?.text ?? "")
    .digest("hex");
  expect(pushed?.headers).toMatchObject({
    "x-gitea-event": "pull_request",
    "x-gitea-event-type": "pull_request_sync",
    "x-gitea-signature": signature,
    "x-gogs-signature": signature,
    "x-github-event": "pull_request",
    "x-hub-signature-256": `sha256=${signature}`,
  });
  expect(JSON.parse(pushed?.text ?? "")).toMatchObject({ action: "synchronized", number });
  expect(JSON.parse(merged?.text ?? "")).toMatchObject({ action: "closed", pull_request: { merged: true } });
  expect(note?.headers).toMatchObject({
    "x-gitea-event": "issue_comment",
    "x-gitea-event-type": "pull_request_comment",
    "x-gitea-signature": "",
    "x-hub-signature-256": "sha256=",
  });
  expect(JSON.parse(note?.text ?? "")).toMatchObject({ is_pull: true, comment: { body: "poolkeeper plan" } });
});
