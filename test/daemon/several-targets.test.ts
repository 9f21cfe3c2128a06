import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { FILES, queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

describe("targets", () => {
  test("come and go with the configuration, and one of a folder is applied as soon as a file changes", async () => {
    const world = await openDaemonWorld();
    const other = await serveControlPlane({ generation: "2026-11", org: "trial" });
    onTestFinished(() => other.close());
    const folder = join(world.folder, "manifests");
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    for (const [path, text] of Object.entries(FILES)) write(path, String(text));
    const trial = {
      name: "trial",
      folder: { path: folder, debounce: "0s", poll: "24h" },
      control_plane: { endpoint: other.url, org: "trial" },
    };
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const described = JSON.parse(world.describe());
    const file = { targets: [...described.targets, trial] };
    await daemon.daemon.reload(world.read({ file }));
    await daemon.until(({ status }) => status.state === "Synced", "trial");
    expect(other.model.state.queue.rows.get("any")?.spec.run_concurrency).toBe(1);
    write("queues/any.yaml", queue("any", 6));
    await daemon.until(() => other.model.state.queue.rows.get("any")?.spec.run_concurrency === 6, "trial");
    await daemon.untilApplied(await daemon.push({ "queues/any.yaml": queue("any", 2) }));

    await daemon.daemon.reload(world.read());
    expect((await fetch(`${daemon.url}/api/v1/targets/trial`)).status).toBe(404);
    write("queues/any.yaml", queue("any", 8));
    await daemon.untilApplied(await daemon.push({ "queues/any.yaml": queue("any", 3) }));
    expect(other.model.state.queue.rows.get("any")?.spec.run_concurrency).toBe(6);
  });
});
