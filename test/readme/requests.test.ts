import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { FILES, type Files, MOVE, queue } from "../daemon/manifests.ts";
import { startProcess } from "../daemon/start-process.ts";
import type { ForgeServer } from "../pull-requests/forge/forge-server.ts";
import { startGiteaServer } from "../pull-requests/forge/gitea-server.ts";
import { startGithubServer } from "../pull-requests/forge/github-server.ts";
import { startGitlabServer } from "../pull-requests/forge/gitlab-server.ts";
import { createGitRepository } from "../set-up/create-git-repository.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { serveGit } from "../set-up/serve-git.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { openForgeAddress } from "./open-forge-address.ts";
import { parseConfiguration, readConfigurations, type ShownFile } from "./read-configurations.ts";

const CLIENT = { clientId: "poolkeeper", clientSecret: "secret-of-the-client-0001" };
const KEYS = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
/** The move of a cluster is little among so many queues: no check stops it, and it needs an approval. */
const MANY: Files = Object.fromEntries(
  [...Array(8).keys()].map((index) => [`queues/other-${index}.yaml`, queue(`other-${index}`, 1)]),
);
const SHOWN = readConfigurations();

/** The forge that a configuration is for. */
function startForge({ forge, app }: ShownFile["targets"][number]["repository"]["pull_requests"]): Promise<ForgeServer> {
  switch (forge) {
    case "github":
      return startGithubServer(
        app === undefined
          ? {}
          : {
              app: { id: app.id, installation: app.installation, slug: "poolkeeper", publicKey: KEYS.publicKey },
            },
      );
    case "gitlab":
      return startGitlabServer();
    case "gitea":
      return startGiteaServer();
  }
}

/** Brings everything up that a shown file speaks of, and the file with its addresses in place of those that are shown. */
async function setUp(text: string) {
  const shown = parseConfiguration(text);
  const [target] = shown.targets;
  if (target === undefined) throw new Error("the file has no target");
  const { repository, control_plane } = target;
  const folder = makeTemporaryFolder();
  const forge = await startForge(repository.pull_requests);
  onTestFinished(() => forge.close());
  const pools = createGitRepository(folder, "acme/pools");
  const first = pools.push({ ...FILES, ...MANY });
  const credentials = { username: repository.username, password: forge.token };
  const git = await serveGit({ folder, credentials });
  onTestFinished(() => git.close());
  const { url } = await openForgeAddress({ api: forge.url, git: git.url });
  const served = await serveControlPlane({ generation: "2026-11", org: control_plane.org, oauth: CLIENT });
  onTestFinished(() => served.close());
  const key = `${served.url}:${CLIENT.clientId}:${CLIENT.clientSecret}:${control_plane.org}`;
  const { app } = repository.pull_requests;
  const env: Record<string, string> = {
    [repository.token.env]: forge.token,
    [repository.webhook.secret.env]: HOOK_SECRET,
    [control_plane.api_key.env]: Buffer.from(key).toString("base64"),
    ...(app === undefined ? {} : { [app.key.env]: KEYS.privateKey }),
  };
  const own = {
    ...shown,
    targets: [
      {
        ...target,
        repository: { ...repository, url: repository.url.replace(/^https:\/\/[^/]+/, url) },
        control_plane: { ...control_plane, endpoint: served.url },
      },
    ],
    store: { directory: join(folder, "store") },
    http: { listen: "127.0.0.1:0" },
  };
  const file = join(folder, "poolkeeper.yaml");
  writeFileSync(file, dump(own));
  return { folder, env, file, forge, pools, served, first, hookOf: `/webhooks/${target.name}` };
}

describe("the configurations that the documentation shows", () => {
  test("are one for each forge, and one for an App", () => {
    expect(SHOWN.map(({ document, forge }) => [document, forge])).toEqual([
      ["docs/pull-requests.md", "github"],
      ["docs/pull-requests.md", "gitlab"],
      ["docs/pull-requests.md", "gitea"],
      ["docs/pull-requests.md", "github"],
    ]);
  });
});

describe.each(SHOWN)("the configuration for $forge in $document, with other addresses and secrets", ({ text }) => {
  test("leads from a plan on a request to its apply after the merge", async () => {
    const world = await setUp(text);
    const { forge, pools, served } = world;
    const daemon = await startProcess(world, world.file);
    const hook = `${daemon.url}${world.hookOf}`;
    const explain = () => `${daemon.log.slice(-20).join("\n")}\n${JSON.stringify(forge.calls().slice(-20))}`;
    const poolOf = (name: string) => served.model.state.cluster.rows.get(name)?.pool;
    await waitFor(() => served.model.state.queue.rows.has("any") && poolOf("c1") === "pa", explain);

    const sha = pools.push(MOVE, { branch: "move-c1", from: "main" });
    const number = forge.openRequest({ title: "Move c1", author: "mona", branch: "move-c1", base: "main", sha });
    const requests = forge.kind === "gitlab" ? "merge-requests" : "pull";
    pools.ask("update-ref", `refs/${requests}/${number}/head`, sha);
    expect(await forge.deliver(hook, HOOK_SECRET, { kind: "request", number, action: "opened" })).toBe(202);
    const said = () =>
      forge
        .comments(number)
        .map(({ body }) => body)
        .join("\n");
    await waitFor(() => said().includes("cluster.c1 will be moved to another pool"), explain);
    expect(said()).toContain("a merge approves it");
    const statusOf = (which: string) => forge.statuses(sha).find(({ context }) => context === `poolkeeper/${which}`);
    await waitFor(() => statusOf("plan")?.state === "success" && statusOf("apply")?.state === "success", explain);
    expect(poolOf("c1")).toBe("pa");

    const commit = pools.merge("move-c1");
    forge.merge(number, "mona", commit);
    expect(await forge.deliver(hook, HOOK_SECRET, { kind: "push", branch: "main", sha: commit })).toBe(202);
    await waitFor(() => said().includes(`**Applied** in revision \`${commit.slice(0, 12)}\``), explain);
    expect(poolOf("c1")).toBe("pb");
    expect(forge.comments(number)).toHaveLength(1);
    expect(forge.unknown()).toEqual([]);
  });
});
