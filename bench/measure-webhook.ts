import { setTimeout as delay } from "node:timers/promises";
import type { TargetDetail } from "../src/model/daemon/daemon-service.ts";
import type { Figure } from "./figure.ts";
import { setStage, TARGET } from "./soak/stage.ts";
import { createWorld } from "./soak/world.ts";
import { writeWorld } from "./soak/write-world.ts";

/** From the delivery of a webhook until what was pushed is live: the median of so many pushes, and what 95 of 100 stay below. */
export async function measureWebhook(folder: string, pushes: number): Promise<readonly Figure[]> {
  const stage = await setStage(folder, { generation: "2026-11", store: "sqlite", poll: "1h" });
  try {
    const world = createWorld("2026-11");
    const queue = world.queues.get("q1");
    if (queue === undefined) throw new Error("the soak's world has no queue q1");
    const untilApplied = async (revision: string) => {
      for (;;) {
        const detail = await stage.ask<TargetDetail>("GET", `/api/v1/targets/${TARGET}`);
        if (detail?.body.applied_revision === revision && detail.body.running === null) return;
        await delay(10);
      }
    };
    const first = stage.push(writeWorld(world));
    await stage.daemon.ensure();
    await untilApplied(first);
    const before = await stage.daemon.usage();
    const walls: number[] = [];
    const { model } = stage.controlPlane;
    for (let turn = 0; turn < pushes; turn += 1) {
      queue.depth += 1;
      const revision = stage.push(writeWorld(world));
      const started = performance.now();
      const live = new Promise<number>((resolve) => {
        const end = model.subscribe(() => {
          if (model.state.queue.rows.get("q1")?.spec.depth !== queue.depth) return;
          end();
          resolve(performance.now() - started);
        });
      });
      await stage.deliver();
      walls.push(await live);
      await untilApplied(revision);
    }
    const { cpu_ms, rss } = await stage.daemon.usage();
    const sorted = walls.toSorted((left, right) => left - right);
    const figure = (name: string, share: number): Figure => ({
      name: `daemon: from a webhook until the push is live, ${name}`,
      size: 7,
      wall_ms: sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0,
      cpu_ms: (cpu_ms - before.cpu_ms) / pushes,
      peak_mb: rss / 1e6,
      per_second: null,
    });
    return [figure("p50", 0.5), figure("p95", 0.95)];
  } finally {
    await stage.close();
  }
}
