/**
 * The attacker has the name servers of other targets' hosts, and never answers. A lookup holds a thread that files and the lookups of all
 * targets need as well.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { deliverPush } from "../daemon/deliver-push.ts";
import { queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { startProcess } from "../daemon/start-process.ts";

const PRELOADED = pathToFileURL(join(import.meta.dirname, "hang-lookups.mjs")).href;

test("more hosts whose names are never resolved than libuv has threads by default delay no other target", async () => {
  const world = await openDaemonWorld();
  const [pipe, log] = [join(world.folder, "pipe"), join(world.folder, "lookups.log")];
  execFileSync("mkfifo", [pipe]);
  writeFileSync(log, "");
  Object.assign(world.env, { NODE_OPTIONS: `--import ${PRELOADED}`, PIPE_WITHOUT_WRITER: pipe, LOOKUPS_LOG: log });
  const [usual] = JSON.parse(world.describe()).targets;
  const at = (endpoint: string) => ({ ...usual.control_plane, endpoint });
  const honest = { ...usual, control_plane: at(usual.control_plane.endpoint.replace("127.0.0.1", "localhost")) };
  const hostile = Array.from({ length: 6 }, (_, index) => ({
    ...{ ...usual, name: `hostile-${index}` },
    control_plane: at(`https://control-plane-${index}.hang.test`),
  }));
  const daemon = await startProcess(world, world.write({ file: { targets: [...hostile, honest] } }));
  const hosts = hostile.map(({ control_plane }) => new URL(control_plane.endpoint).hostname);
  const asked = () => readFileSync(log, "utf8").trim().split("\n");
  await expect.poll(() => [...new Set(asked())].sort()).toEqual(hosts);
  const after = world.repository.push({ "queues/any.yaml": queue("any", 2) });
  await deliverPush(daemon.url, { delivery: "push", after });
  await daemon.untilApplied(after);
  expect(asked()).toHaveLength(hosts.length);
  expect((await fetch(`${daemon.url}/readyz`)).status).toBe(200);
});
