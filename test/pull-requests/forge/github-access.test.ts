import { generateKeyPairSync } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { createGithubAuthentication } from "../../../src/pull-requests/forge/authenticate-github.ts";
import type { Forge, ForgeAccess, ForgeOptions } from "../../../src/pull-requests/forge/forge.ts";
import { openGithub } from "../../../src/pull-requests/forge/github.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import { codeOf, failureOf } from "./await-failure.ts";
import { sha } from "./forge-subject.ts";
import { type GithubApp, type GithubServer, type GithubServerOptions, startGithubServer } from "./github-server.ts";

const KEY = createKey();
const OTHER_KEY = createKey();
const APP: GithubApp = { id: 77, installation: 4242, slug: "poolkeeper-acme", publicKey: KEY.publicKey };
const REQUEST = { title: "Add a pool", author: "mona", branch: "add-pool", base: "main", sha: sha("a") };
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

function createKey() {
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    // As GitHub makes them: PKCS#1.
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
}

async function begin(
  options: GithubServerOptions,
  accessOf: (server: GithubServer) => ForgeAccess,
  change: Partial<ForgeOptions> = {},
): Promise<{ server: GithubServer; forge: Forge }> {
  const server = await startGithubServer(options);
  const { url, repository } = server;
  const common = { kind: "github", url, repository, timeoutMs: PATIENCE_MS, ca: null } as const;
  const forge = openGithub({ ...common, access: accessOf(server), ...change });
  opened.push(forge, server);
  return { server, forge };
}

const byToken = ({ token }: GithubServer): ForgeAccess => ({ kind: "token", token: () => token });
const asApp = (key: () => string = () => KEY.privateKey): ForgeAccess => {
  return { kind: "app", app_id: APP.id, installation_id: APP.installation, key };
};

describe("an App", () => {
  test("comments as its bot, and knows that login", async () => {
    const { server, forge } = await begin({ app: APP }, () => asApp());
    const number = server.openRequest(REQUEST);
    expect(await forge.readSelf()).toBe("poolkeeper-acme[bot]");
    expect(await forge.createComment(number, "plan")).toMatchObject({ author: "poolkeeper-acme[bot]" });
  });

  test("is known as the editor of what it rewrote, and of its permissions those beyond what is needed are named", async () => {
    const { server, forge } = await begin({ app: APP }, () => asApp());
    const { id } = await forge.createComment(server.openRequest(REQUEST), "plan");
    const rewritten = await forge.updateComment(1, id, "another plan");
    expect(await forge.readEdit(1, rewritten)).toEqual({ kind: "edited", by: "poolkeeper-acme[bot]" });
    expect(await forge.readExcess()).toEqual([]);
    server.promote();
    expect(await forge.readExcess()).toEqual(["use the permissions administration"]);
  });

  test("fetches one token for calls that run side by side, and keeps it", async () => {
    const told: string[] = [];
    const { server, forge } = await begin({ app: APP }, () => asApp(), { onCall: (method) => told.push(method) });
    server.openRequest(REQUEST);
    await Promise.all([forge.listOpen("main"), forge.listComments(1), forge.readRequest(1)]);
    await forge.listComments(1);
    expect(server.installationTokens()).toHaveLength(1);
    expect(told.filter((method) => method === "authenticate")).toHaveLength(1);
  });

  test("has calls of its own: what answers to them say is left is not taken for that of its installation", async () => {
    const [called, answered]: [string[], unknown[]] = [[], []];
    const { forge } = await begin({ app: APP }, () => asApp(), {
      onCall: (method) => called.push(method),
      onAnswer: (headers) => answered.push(headers),
    });
    await forge.listOpen("main");
    expect([called.length, answered.length]).toEqual([2, 1]);
  });

  test("renews a token before it ends", async () => {
    let [now, issued] = [0, 0];
    const issue = async () => {
      issued += 1;
      return { token: `ghs_${issued}`, expires_at: new Date(now + 3_600_000).toISOString() };
    };
    const { authorize } = createGithubAuthentication(asApp(), issue, () => now);
    const seen: string[] = [];
    for (const minute of [0, 55, 56]) {
      now = minute * 60_000;
      seen.push(await authorize(false));
    }
    expect(seen).toEqual(["token ghs_1", "token ghs_1", "token ghs_2"]);
  });

  test("fetches another token when its own was taken back", async () => {
    const { server, forge } = await begin({ app: APP }, () => asApp());
    const number = server.openRequest(REQUEST);
    await forge.listOpen("main");
    server.revokeInstallationTokens();
    await forge.createComment(number, "plan");
    expect(server.comments(number)).toHaveLength(1);
    expect(server.installationTokens()).toHaveLength(2);
  });

  test("that lost its installation is refused with what to check", async () => {
    const { server, forge } = await begin({ app: APP }, () => asApp());
    await forge.listOpen("main");
    server.revoke();
    const error = await failureOf(forge.listOpen("main"));
    expect(error).toMatchObject({ code: "forge_refused", next: "stop" });
    expect(error.message).toContain("installation");
  });

  test("with another key is refused until the key is replaced, and the key is in no message", async () => {
    let key = OTHER_KEY.privateKey;
    const { forge } = await begin({ app: APP }, () => asApp(() => key));
    const error = await failureOf(forge.listOpen("main"));
    expect(error.code).toBe("forge_refused");
    key = "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----";
    const broken = await failureOf(forge.readSelf());
    expect(broken).toMatchObject({ code: "forge_refused", next: "stop" });
    expect(`${broken.message} ${String(broken.cause)}`).not.toContain("c2VjcmV0");
    key = KEY.privateKey;
    expect(await forge.listOpen("main")).toEqual([]);
  });

  test("with the number of another installation is refused", async () => {
    const { forge } = await begin({ app: APP }, () => ({ ...asApp(), installation_id: 1 }) as ForgeAccess);
    const error = await failureOf(forge.listOpen("main"));
    expect(error.code).toBe("forge_refused");
    expect(error.message).toContain("/app/installations/1/access_tokens");
  });

  test("that could not get a token for a moment gets it with the same call", async () => {
    const { server, forge } = await begin({ app: APP }, () => asApp());
    server.fault({ kind: "status", status: 502 });
    expect(await forge.listOpen("main")).toEqual([]);
  });

  test("whose token can't be fetched leaves a write undone, and says so", async () => {
    const { server, forge } = await begin({ app: APP }, () => asApp());
    server.openRequest(REQUEST);
    server.fault({ kind: "status", status: 502 }, { times: 9 });
    const error = await failureOf(forge.createComment(1, "plan"));
    expect(error).toMatchObject({ code: "forge_unreachable", outcomeUnknown: false });
  });
});

describe("a token", () => {
  test("of a workflow's run can't ask who it is, and is known by that", async () => {
    const { server, forge } = await begin({ tokenOf: "actions" }, byToken);
    expect(await forge.readSelf()).toBe("github-actions[bot]");
    const number = server.openRequest(REQUEST);
    expect((await forge.createComment(number, "plan")).author).toBe("github-actions[bot]");
  });

  test("that lacks a permission is refused, and the permission is named", async () => {
    const { forge } = await begin({ lacking: ["statuses=write"] }, byToken);
    const status = { context: "poolkeeper/plan", state: "success", description: "", url: null } as const;
    const error = await failureOf(forge.setStatus(sha("a"), status));
    expect(error).toMatchObject({ code: "forge_refused", next: "stop" });
    expect(error.message).toContain("statuses=write");
  });

  test.each([" \n", "two\nwords", "gültig"])("that is %j is refused before anything is sent", async (token) => {
    const { server, forge } = await begin({}, () => ({ kind: "token", token: () => token }));
    const error = await failureOf(forge.listOpen("main"));
    expect(error.code).toBe("forge_refused");
    expect(error.message).not.toContain("words");
    expect(server.calls()).toEqual([]);
  });
});

describe("a check run", () => {
  const annotations = Array.from({ length: 120 }, (_, index) => {
    const line = index + 1;
    return {
      path: "pools/main.yaml",
      line,
      level: "failure",
      title: "Unknown cluster",
      message: `at ${line}`,
    } as const;
  });
  const check = { name: "poolkeeper/plan", conclusion: "failure", title: "120 errors", summary: "**Bad**" } as const;
  const full = { ...check, url: "https://poolkeeper.example.com", annotations };

  test("of an App has all its annotations, 50 with each call", async () => {
    const { server, forge } = await begin({ app: APP }, () => asApp());
    expect(await forge.publishCheck(sha("a"), full)).toBe(true);
    expect(server.checks(sha("a"))).toEqual([full]);
    expect(server.calls().filter(({ path }) => path.includes("check-runs"))).toHaveLength(3);
  });

  test("of a workflow's token is published", async () => {
    const { server, forge } = await begin({ tokenOf: "actions" }, byToken);
    expect(await forge.publishCheck(sha("a"), { ...full, conclusion: "success", annotations: [] })).toBe(true);
    expect(server.checks(sha("a"))).toMatchObject([{ conclusion: "success", annotations: [] }]);
  });

  test("with more annotations than are sent says how many are left out", async () => {
    const { server, forge } = await begin({ app: APP }, () => asApp());
    const many = Array.from({ length: 6 }, () => annotations).flat();
    await forge.publishCheck(sha("a"), { ...full, annotations: many });
    expect(server.checks(sha("a"))[0]?.annotations).toHaveLength(500);
    expect(server.checks(sha("a"))[0]?.summary).toContain("220 more");
  });

  test("is not to be had by a person's token, which is asked only once", async () => {
    const { server, forge } = await begin({}, byToken);
    expect(await forge.publishCheck(sha("a"), full)).toBe(false);
    expect(await forge.publishCheck(sha("a"), full)).toBe(false);
    expect(server.calls()).toHaveLength(1);
  });

  test("is an error, and not refused for good, when GitHub is limited or the token is gone", async () => {
    const { server, forge } = await begin({ tokenOf: "actions" }, byToken);
    server.limit(300);
    expect(await codeOf(forge.publishCheck(sha("a"), full))).toBe("forge_limited");
    expect(await forge.publishCheck(sha("a"), full)).toBe(true);
    server.revoke();
    expect(await codeOf(forge.publishCheck(sha("a"), full))).toBe("forge_refused");
  });
});

test("a token that GraphQL tells nothing is refused, with GitHub's words", async () => {
  const { server, forge } = await begin({ lacking: ["graphql"] }, byToken);
  const number = server.openRequest(REQUEST);
  server.comment(number, "mona", "poolkeeper approve");
  const [comment] = await forge.listComments(number);
  if (comment === undefined) throw new Error("unreachable: it was written above");
  const error = await failureOf(forge.readEdit(number, comment));
  expect(error).toMatchObject({ code: "forge_refused", next: "stop" });
  expect(error.message).toContain("Resource not accessible by personal access token");
});
