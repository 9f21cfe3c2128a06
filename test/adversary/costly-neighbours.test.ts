/**
 * The attacker has: the right to open requests, or to push, in a repository that several targets read, and writes files whose reading takes
 * long for all of them.
 */
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { createRunTask } from "../../src/workers/create-run-task.ts";
import type { InputOf } from "../../src/workers/tasks.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { createVirtualClock } from "../workers/virtual-clock.ts";

/** Marks this test's processes. */
const MEMORY_MB = 783;
const listProcesses = () => {
  const all = execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" }).split("\n");
  const own = all.filter((line) => line.includes(`--max-old-space-size=${MEMORY_MB} `) && line.includes("/workers/"));
  return own.map((line) => Number(line.trim().split(" ")[0]));
};
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
