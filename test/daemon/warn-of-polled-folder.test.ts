import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { FILES } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

/** One more than is watched, with the one at the top. */
const FOLDERS = 10_000;

test("a folder with too many folders to be watched is polled, and the target's warnings say so until it is watched", async () => {
  const world = await openDaemonWorld();
  const path = join(world.folder, "manifests");
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), String(text));
  }
  for (let at = 0; at < FOLDERS; at += 1) mkdirSync(join(path, "wide", String(at)), { recursive: true });
  const folder = { path, poll: "2s", jitter: "0s" };
  const daemon = await world.start({ policy: { auto_apply: "all" }, target: { repository: undefined, folder } });
  const ask = async () => {
    const answer = await fetch(`${daemon.url}/api/v1/targets/prod`, {
      headers: { authorization: `Bearer ${TOKENS.operate}` },
    });
    return (await answer.json()) as { readonly warnings: readonly string[] };
  };
  const warning = `The folder ${path} is not watched, since it has more than 10000 folders. Its changes are found when it is polled.`;
  await expect.poll(async () => (await ask()).warnings).toEqual([warning]);
  for (const name of readdirSync(join(path, "wide"))) rmSync(join(path, "wide", name), { recursive: true });
  await expect.poll(async () => (await ask()).warnings).toEqual([]);
});
