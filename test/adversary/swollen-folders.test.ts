/**
 * The attacker writes the folder of one target, as with a volume that others share: thousands of folders in it, or files that are no
 * manifests. The daemon looks after others, too.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { FILES, queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";

test("a folder of more folders than are watched is reported, found by polls, and delays no other target", async () => {
  const world = await openDaemonWorld();
  const other = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  onTestFinished(() => other.close());
  const folder = join(world.folder, "neighbour");
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of Object.entries(FILES)) write(path, String(text));
  for (let index = 0; index < 10_000; index += 1) mkdirSync(join(folder, "many", `${index}`), { recursive: true });
  const [prod] = JSON.parse(world.describe()).targets;
  const { repository: _repository, ...rest } = prod;
  const second = {
    ...rest,
    name: "second",
    control_plane: { ...prod.control_plane, endpoint: other.url },
    folder: { path: folder, debounce: "0s", poll: "1s", jitter: "0s" },
  };
  const daemon = await world.start({ file: { targets: [prod, second] } });
  await daemon.untilApplied(world.first);
  await expect
    .poll(() => world.log.filter((line) => line.includes("is not watched, since it has more than 10000 folders")))
    .toHaveLength(1);
  await daemon.until(({ status }) => status.state === "Synced", "second");
  write("queues/any.yaml", queue("any", 3));
  await daemon.untilApplied(await daemon.push({ "queues/any.yaml": queue("any", 4) }));
  await daemon.until(() => other.model.state.queue.rows.get("any")?.spec.run_concurrency === 3, "second");
});
