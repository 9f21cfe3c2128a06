/**
 * The attacker has: the right to open requests, or to push, in a repository that several targets read, and writes files whose reading takes
 * long for all of them.
 */
import { describe, expect, test } from "vitest";
import { NOTHING_RECALLED } from "../../src/apply/recall.ts";
import { dropReferences } from "../../src/manifests/drop-references.ts";
import { loadKnown } from "../../src/manifests/load-desired.ts";
import { createRunTask } from "../../src/reconcile/workers/create-run-task.ts";
import type { InputOf } from "../../src/reconcile/workers/tasks.ts";
import { cluster, pool } from "../daemon/manifests.ts";
import { buildLive } from "../plan/build-live.ts";
import { createVirtualClock } from "../reconcile/workers/virtual-clock.ts";
import { listChildren } from "../set-up/list-processes.ts";
import { waitFor } from "../set-up/wait-for.ts";

/** Marks this test's processes. */
const MEMORY_MB = 783;
const listProcesses = () => listChildren(`--max-old-space-size=${MEMORY_MB} `, "/workers/");
const loadOf = (count: number): InputOf<"load"> => {
  const text = Array.from({ length: count }, (_, index) => {
    return `---\nkind: Queue\nname: q${index}\nrun_concurrency: 1\naction_concurrency: 1\n`;
  }).join("");
  return { read: { files: [{ path: "q.yaml", text }], diagnostics: [] }, org: "acme", known: new Map() };
};

describe("targets whose tasks do not come to an end", () => {
  test("keep no task of another repository waiting, however many they are", async () => {
    const clock = createVirtualClock();
    const open = createRunTask({ smallest: 0, memoryMb: MEMORY_MB, atOnce: 2, longMs: 5_000, clock });
    const stop = new AbortController();
    const costly = Array.from({ length: 5 }, (_, index) => {
      const run = open({ target: `evil-${index}`, repository: "monorepo" });
      return run("load", loadOf(20_000 + index), stop.signal);
    });
    const ended = Promise.allSettled(costly);
    await waitFor(
      () => listProcesses().length === 2,
      () => `${listProcesses().length} processes were started`,
    );
    // Neither ends by itself any more.
    for (const pid of listProcesses()) process.kill(pid, "SIGSTOP");
    clock.skip(5_000);
    const honest = open({ target: "prod", repository: "routing" });
    expect((await honest("load", loadOf(3), undefined)).loaded.manifests).toHaveLength(3);
    stop.abort();
    expect(await ended).toContainEqual(
      expect.objectContaining({ reason: expect.objectContaining({ code: "ended_early" }) }),
    );
  });
});

/** A plan of the same manifests, against a control plane with so many clusters, all of them in so many queues. */
function computeOf(count: number): InputOf<"compute"> {
  const files = [
    { path: "pools/pa.yaml", text: pool("pa") },
    { path: "clusters/c1.yaml", text: cluster("c1", "pa") },
  ];
  const { loaded } = loadKnown({ read: { files, diagnostics: [] }, org: "acme", known: new Map() });
  const names = Array.from({ length: count }, (_, index) => `x${index}`);
  const live = buildLive({
    generation: "2026-11",
    pools: { pa: {} },
    clusters: Object.fromEntries(names.map((name) => [name, { pool: "pa" }])),
    queues: Object.fromEntries(names.map((name) => [name, { pool: "pa", clusters: ["*"] }])),
  });
  const options = {
    ...{
      prune: "owned" as const,
      on_pool_change: "move" as const,
      target: [],
      exclude: [],
      replace: [],
      allow: [],
      store: null,
    },
  } as const;
  const memory = { ...NOTHING_RECALLED, ownership: "store" } as const;
  return { desired: dropReferences(loaded.desired), live, memory, options, revision: "r1" };
}

test("what the control plane of one target makes too costly is not refused to another target that reads the same manifests", async () => {
  const open = createRunTask({ smallest: 0, answerBytes: 200_000 });
  const [staging, production] = ["staging", "production"].map((target) => open({ target, repository: "monorepo" }));
  const refused = { code: "too_costly" };
  await expect(staging?.("compute", computeOf(1_500), undefined)).rejects.toMatchObject(refused);
  // It is not tried again at once for the same target.
  await expect(staging?.("compute", computeOf(1), undefined)).rejects.toMatchObject(refused);
  expect((await production?.("compute", computeOf(1), undefined))?.body.changes).not.toEqual([]);
});
