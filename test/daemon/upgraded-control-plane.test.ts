import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { MOVE, queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

/** A control plane that gets another release under its address, and keeps its objects. */
async function openUpgradable(generation: Generation) {
  const data = join(makeTemporaryFolder(), "data");
  const serve = (by: Generation, port: number) =>
    serveControlPlane({ generation: by, org: "acme", adminPort: 0, data, port });
  let served = await serve(generation, 0);
  onTestFinished(() => served.close());
  const { url } = served;
  return {
    url,
    upgrade: async (to: Generation) => {
      await served.close();
      const database = new DatabaseSync(join(data, "control-plane.sqlite"));
      database.prepare("update identity set generation = ?").run(to);
      database.close();
      served = await serve(to, Number(new URL(url).port));
    },
    mutate: async (body: object) => {
      const response = await fetch(`${served.adminUrl}/mutate`, { method: "POST", body: JSON.stringify(body) });
      expect(response.ok).toBe(true);
    },
    names: () =>
      [...served.model.state.cluster.rows.values()]
        .filter(({ state }) => state !== "deleted")
        .map(({ name, pool }) => `${name} in ${pool}`)
        .toSorted(),
  };
}

test.each(GENERATIONS)(
  "a control plane of %s that gets another generation is managed by its rules from the next pass on",
  async (from) => {
    const to = from === "2026-07" ? "2026-11" : "2026-07";
    const world = await openDaemonWorld();
    const upgradable = await openUpgradable(from);
    const daemon = await world.start({
      control_plane: { endpoint: upgradable.url },
      policy: { auto_apply: "all", max_destroy_share: 1 },
      drift: { action: "report", sightings: 1 },
    });
    await daemon.untilApplied(world.first);
    await upgradable.upgrade(to);
    await daemon.untilApplied(await daemon.push({ "queues/any.yaml": queue("any", 2) }));
    if (to === "2026-11") {
      // Which 2026-07 has no state for.
      await upgradable.mutate({ op: "set", kind: "queue", name: "any", path: "state", value: "drained" });
      await daemon.reconciled();
      expect((await daemon.target()).drifted).toEqual(["queue.any"]);
      await upgradable.mutate({ op: "set", kind: "queue", name: "any", path: "state", value: "active" });
    }
    await daemon.untilApplied(await daemon.push(MOVE));
    expect(upgradable.names()).toEqual(
      ["c2 in pa", "c3 in pb", to === "2026-07" ? "c1-pb in pb" : "c1 in pb"].toSorted(),
    );
  },
);
