import { describe, expect, onTestFinished, test } from "vitest";
import type { ForgeOptions } from "../../src/forge/forge.ts";
import { openForge } from "../../src/forge/open-forge.ts";
import type { ForgeServer } from "./forge-server.ts";
import { startGiteaServer } from "./gitea-server.ts";
import { startGithubServer } from "./github-server.ts";
import { startGitlabServer } from "./gitlab-server.ts";

const FORGES = [
  ["GitHub", startGithubServer],
  ["GitLab", startGitlabServer],
  ["Gitea", startGiteaServer],
] as const;
const SHA = "a".repeat(40);
const STATUS = { context: "poolkeeper/plan", state: "pending", description: "Planning", url: null } as const;

async function openOn(start: () => Promise<ForgeServer>, onCall: NonNullable<ForgeOptions["onCall"]>) {
  const server = await start();
  onTestFinished(() => server.close());
  const ending = new AbortController();
  const forge = await openForge({
    ...{ kind: server.kind, url: server.url, repository: server.repository, timeoutMs: 5_000, ca: null },
    access: { kind: "token", token: () => server.token },
    ...{ onCall, ending: ending.signal },
  });
  onTestFinished(() => forge.close());
  const number = server.openRequest({ title: "Two pools", author: "ada", branch: "pools", base: "main", sha: SHA });
  return { server, forge, ending, number };
}

describe.each(FORGES)("a daemon that ends while it waits for %s", (_name, start) => {
  test("reads nothing more, nor does it wait for an answer", async () => {
    const { server, forge, ending, number } = await openOn(start, () => setImmediate(() => ending.abort()));
    server.fault({ kind: "slow", ms: 4_000 });
    await expect(forge.readRequest(number)).rejects.toMatchObject({ code: "ended_early" });
    const calls = server.calls().length;
    await expect(forge.listComments(number)).rejects.toMatchObject({ code: "ended_early" });
    expect(server.calls()).toHaveLength(calls);
  });

  test("finishes what it writes, and writes nothing more", async () => {
    const { server, forge, ending, number } = await openOn(start, () => setImmediate(() => ending.abort()));
    server.fault({ kind: "slow", ms: 100 });
    expect(await forge.createComment(number, "The plan")).toMatchObject({ body: "The plan" });
    await expect(forge.setStatus(SHA, STATUS)).rejects.toMatchObject({ code: "ended_early" });
    expect(server.statuses(SHA)).toEqual([]);
  });

  test("does not wait to write again", async () => {
    const calls: string[] = [];
    const { server, forge, ending } = await openOn(start, (method) => calls.push(method));
    server.fault({ kind: "status", status: 503 }, { times: 100 });
    const writing = forge.setStatus(SHA, STATUS);
    // The first pause is 100 ms or longer.
    setTimeout(() => ending.abort(), 50);
    await expect(writing).rejects.toMatchObject({ next: "retry" });
    expect(calls).toEqual(["setStatus"]);
  });
});
