import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { cluster, MOVED, pool, queue, REPOSITORY } from "./manifests.ts";
import { planInProcess } from "./plan-in-process.ts";
import { type Desk, openAppliedDesk } from "./run-program.ts";

/** Every how many commits the program is killed; 1 is each of them. */
const STRIDE = Number(process.env.POOLKEEPER_KILL_STRIDE ?? 4);

const PAST = {
  ...REPOSITORY,
  "pools/old.yaml": pool("old"),
  "clusters/old-1.yaml": cluster("old-1", "old"),
  "queues/old-work.yaml": queue("old-work", "old", ["old-1"]),
};

async function open(generation: Generation, store: boolean): Promise<Desk> {
  const desk = await openAppliedDesk(PAST, generation, store ? "store" : undefined);
  desk.write(MOVED);
  for (const file of ["pools/old.yaml", "clusters/old-1.yaml", "queues/old-work.yaml"]) {
    rmSync(join(desk.repository, file));
  }
  return desk;
}

/** What the control plane holds in the end, without times and generations. */
function essenceOf({ served: { model } }: Desk) {
  const { pool: pools, cluster: clusters, queue: queues } = model.state;
  return {
    pools: [...pools.rows.values()].map(({ name, config, deleted_at }) => ({
      name,
      config,
      gone: deleted_at !== null,
    })),
    clusters: [...clusters.rows.values()].map(({ name, pool: of, state }) => ({ name, of, state })),
    queues: [...queues.rows.values()].map(({ name, spec, state }) => ({ name, spec, state })),
  };
}

const byName = <T extends { readonly name: string }>(rows: readonly T[]) =>
  rows.toSorted((left, right) => (left.name < right.name ? -1 : 1));

function sorted({ pools, clusters, queues }: ReturnType<typeof essenceOf>) {
  return { pools: byName(pools), clusters: byName(clusters), queues: byName(queues) };
}

describe.each(GENERATIONS)("on generation %s", (generation) => {
  test.each([
    ["with a store", true],
    ["without a store", false],
  ])("%s, apply killed at a commit and run again comes to the same end", async (_name, store) => {
    const memory = { ...(store ? { store: "store" } : {}), allow: ["max-disruption-share"] };
    const straight = await open(generation, store);
    await planInProcess(straight, { ...memory, apply: true });
    for (let at = 1; ; at += STRIDE) {
      const desk = await open(generation, store);
      const flags = ["--allow", "max-disruption-share", ...(store ? ["--store", "store"] : [])];
      const started = desk.start(["apply", desk.repository, "--auto-approve", ...flags]);
      let commits = 0;
      desk.served.model.subscribe(() => {
        commits += 1;
        // The answer to this very write has not left yet.
        if (commits === at) started.kill("SIGKILL");
      });
      const { signal } = await started.ended;
      if (signal === null) {
        expect(at).toBeGreaterThan(5);
        break;
      }
      await planInProcess(desk, { ...memory, apply: true });
      expect((await planInProcess(desk, memory)).steps, `killed at commit ${at}`).toEqual([]);
      expect(sorted(essenceOf(desk)), `killed at commit ${at}`).toEqual(sorted(essenceOf(straight)));
    }
  });
});
