import { setTimeout as delay } from "node:timers/promises";
import type { TargetDetail } from "../../src/model/daemon/daemon-service.ts";
import type { Usage } from "./daemon-process.ts";
import { type Stage, setStage, TARGET } from "./stage.ts";
import { createWorld } from "./world.ts";
import { writeWorld } from "./write-world.ts";

/** What a daemon used on the way through passes in which nothing changed. Bytes are 10^6 of them: MB. */
export interface IdlePasses {
  readonly passes: number;
  /** After each tenth of them, the first after a few passes that warm up. */
  readonly usage: readonly {
    readonly passes: number;
    readonly rss_mb: number;
    readonly heap_mb: number;
    readonly files: number;
  }[];
  /** Processor time of one pass, with the API calls that drive it. */
  readonly cpu_ms_per_pass: number;
}

const WARM_UP = 100;

/** Makes passes without a change, each asked for by a webhook once the one before has ended. */
export async function measureIdlePasses(folder: string, passes: number): Promise<IdlePasses> {
  const stage = await setStage(folder, { generation: "2026-11", store: "sqlite", poll: "1h" });
  try {
    stage.push(writeWorld(createWorld("2026-11")));
    await stage.daemon.ensure();
    let last = await nextPass(stage, "");
    for (let turn = 0; turn < WARM_UP; turn += 1) last = await makePass(stage, last);
    const first = await stage.daemon.usage();
    const usage = [describe(0, first)];
    for (let turn = 1; turn <= passes; turn += 1) {
      last = await makePass(stage, last);
      if (turn % Math.ceil(passes / 10) === 0) usage.push(describe(turn, await stage.daemon.usage()));
    }
    const spent = (await stage.daemon.usage()).cpu_ms - first.cpu_ms;
    return { passes, usage, cpu_ms_per_pass: Math.round((spent / passes) * 10) / 10 };
  } finally {
    await stage.close();
  }
}

async function makePass(stage: Stage, before: string): Promise<string> {
  await stage.deliver();
  return nextPass(stage, before);
}

/** The id of the first pass that ended after the one named. */
async function nextPass(stage: Stage, before: string): Promise<string> {
  for (;;) {
    const detail = await stage.ask<TargetDetail>("GET", `/api/v1/targets/${TARGET}`);
    const pass = detail?.status === 200 ? detail.body.last_pass : null;
    if (pass !== null && pass.id !== before && detail?.body.running === null) return pass.id;
    await delay(10);
  }
}

function describe(passes: number, { rss, heap, files }: Usage): IdlePasses["usage"][number] {
  const mb = (bytes: number) => Math.round(bytes / 1e5) / 10;
  return { passes, rss_mb: mb(rss), heap_mb: mb(heap), files };
}
