import { describe, expect, onTestFinished, test } from "vitest";
import { openForge } from "../../../src/pull-requests/forge/open-forge.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
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

async function openOn(start: () => Promise<ForgeServer>, onCall: () => void = () => {}) {
  const server = await start();
  onTestFinished(() => server.close());
  const ending = new AbortController();
  const calls: string[] = [];
  const forge = await openForge({
    ...{ kind: server.kind, url: server.url, repository: server.repository, timeoutMs: PATIENCE_MS, ca: null },
    access: { kind: "token", token: () => server.token },
    onCall: (method) => {
      calls.push(method);
      onCall();
    },
    ending: ending.signal,
  });
  onTestFinished(() => forge.close());
  const number = server.openRequest({ title: "Two pools", author: "ada", branch: "pools", base: "main", sha: SHA });
  return { server, forge, ending, number, calls };
}

describe.each(FORGES)("a daemon that ends while it waits for %s", (_name, start) => {
  test("reads nothing more, nor does it wait for an answer", async () => {
    const { server, forge, ending, number, calls } = await openOn(start);
    server.hold();
    const reading = forge.readRequest(number);
    await expect.poll(() => calls).toEqual(["readRequest"]);
    ending.abort();
    await expect(reading).rejects.toMatchObject({ code: "ended_early" });
    await expect(forge.listComments(number)).rejects.toMatchObject({ code: "ended_early" });
    expect(calls).toEqual(["readRequest"]);
  });

  test("finishes what it writes, and writes nothing more", async () => {
    const { server, forge, ending, number } = await openOn(start);
    const held = server.hold();
    const writing = forge.createComment(number, "The plan");
    await held.arrived();
    ending.abort();
    await expect(forge.setStatus(SHA, STATUS)).rejects.toMatchObject({ code: "ended_early" });
    expect(held.count()).toBe(1);
    held.release();
    expect(await writing).toMatchObject({ body: "The plan" });
    expect(server.statuses(SHA)).toEqual([]);
  });

  test("does not write again what fails after that", async () => {
    const { server, forge, ending, calls } = await openOn(start, () => setImmediate(() => ending.abort()));
    server.fault({ kind: "status", status: 503 }, { times: 100 });
    await expect(forge.setStatus(SHA, STATUS)).rejects.toMatchObject({ next: "retry" });
    expect(calls).toEqual(["setStatus"]);
  });
});
