/**
 * The attacker opens a request in the repository of one target. Its files are as large as files may be, with one character in each that makes
 * the text take twice the memory, and git packs them to some kilobytes.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { deliverPush } from "../daemon/deliver-push.ts";
import { FILES, queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { startProcess } from "../daemon/start-process.ts";
import { startGiteaServer } from "../pull-requests/forge/gitea-server.ts";
import { createGitRepository } from "../set-up/create-git-repository.ts";
import { waitFor } from "../set-up/wait-for.ts";

const HEAP_MB = 256;
/** Of a MB each. In memory they take twice that, which the heap does not have. */
const FILES_OF_A_MB = 140;

/** A daemon of its own with little memory: `prod`, and `other`, whose repository and requests are the attacker's. */
async function openNeighbours() {
  const world = await openDaemonWorld();
  const forge = await startGiteaServer();
  onTestFinished(() => forge.close());
  const other = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  onTestFinished(() => other.close());
  Object.assign(world.env, { FORGE_TOKEN: forge.token, NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` });
  const folder = join(world.folder, "other");
  mkdirSync(folder);
  const repository = createGitRepository(folder);
  const first = repository.push(FILES);
  const [usual] = JSON.parse(world.describe()).targets;
  const requests = { url: forge.url, repository: forge.repository, token: { env: "FORGE_TOKEN" } };
  const theirs = {
    ...{ ...usual, name: "other", control_plane: { ...usual.control_plane, endpoint: other.url } },
    repository: { ...usual.repository, url: repository.url, pull_requests: { forge: "gitea", ...requests } },
  };
  const daemon = await startProcess(world, world.write({ file: { targets: [usual, theirs] } }));
  await daemon.untilApplied(world.first);
  await daemon.until(({ applied_revision }) => applied_revision === first, "other");
  return { world, forge, repository, daemon };
}

test("a request with more text than the daemon's memory holds is refused, and the other target goes on", async () => {
  const { world, forge, repository, daemon } = await openNeighbours();
  const ended = daemon.ended.then((how) => Promise.reject(new Error(`the daemon ended with ${how}`)));
  const texts = Array.from({ length: FILES_OF_A_MB }, (_, index) => [
    `queues/${index}.yaml`,
    `# \u2192 ${index} ${"x".repeat(999_900)}\n`,
  ]);
  const sha = repository.push(Object.fromEntries(texts), { branch: "large", from: "main" });
  const number = forge.openRequest({ title: "Large", author: "mallory", branch: "large", base: "main", sha });
  repository.point(`refs/pull/${number}/head`, sha);
  const isRefused = () =>
    forge.comments(number).some(({ body }) => body.includes("folder-too-large")) &&
    forge.statuses(sha).some(({ context, state }) => context === "poolkeeper/plan" && state === "failure");
  await Promise.race([ended, waitFor(isRefused, () => daemon.log.slice(-5).join("\n"))]);
  const next = world.repository.push({ "queues/any.yaml": queue("any", 7) });
  await deliverPush(daemon.url, { delivery: "next", after: next });
  await Promise.race([ended, daemon.untilApplied(next)]);
});
