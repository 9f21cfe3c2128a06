import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { buildLive } from "../../bench/build-live.ts";
import { buildRecords } from "../../bench/build-records.ts";
import { buildWorld } from "../../bench/build-world.ts";
import { renderRun } from "../../bench/render-run.ts";
import { type BenchRun, keepRun } from "../../bench/results.ts";
import { createModel } from "../../src/embedded/model/create-model.ts";
import { createEmbeddedTransport } from "../../src/embedded/services/create-embedded-transport.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { readLive } from "../../src/reconcile/live/read-live.ts";
import { createReader } from "../../src/systems/control-plane/create-reader.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

const MEASURED = [
  "poolkeeper --version, as packaged",
  "compute plan, no change",
  "compute plan, 1 change",
  "compute plan, from empty",
  "compute plan of attributes, no change",
  "compute plan of attributes, 1 change",
  "list all attributes, again",
  "route all project-domains, live and desired, and compare",
  "YAML and schema check",
  "poolkeeper plan DIR, no change",
  "list all, pages of 100, one list after the other",
  "list all, pages of 1000, the lists side by side",
  "poolkeeper apply DIR, all created, with a store",
];
const ROOT = join(import.meta.dirname, "..", "..");

describe("the bench", () => {
  test("keeps a figure of everything that is to be measured, in a quick run too", async () => {
    const file = join(makeTemporaryFolder(), "bench.json");
    await promisify(execFile)(process.execPath, [join(ROOT, "bench", "run.ts"), "--quick", "--out", file]);
    const [run]: readonly BenchRun[] = JSON.parse(readFileSync(file, "utf8"));
    const names = new Set(run?.figures.map(({ name }) => name));
    expect([...names]).toEqual(expect.arrayContaining(MEASURED));
    for (const { name, wall_ms, cpu_ms, peak_mb } of run?.figures ?? []) {
      expect([wall_ms > 0, cpu_ms > 0, (peak_mb ?? 0) > 0], name).toEqual([true, true, true]);
    }
  });

  test("compares a run with the one before it on this machine", () => {
    const file = join(makeTemporaryFolder(), "bench.json");
    const figure = { name: "planning", size: 100, cpu_ms: 5, peak_mb: 100, per_second: null };
    expect(keepRun(file, [{ ...figure, wall_ms: 10 }], "2026-01-01T00:00:00Z").previous).toBeNull();
    const { run, previous } = keepRun(file, [{ ...figure, wall_ms: 15 }], "2026-01-02T00:00:00Z");
    const summary = renderRun(run, previous);
    expect(summary).toContain("compared with 2026-01-01T00:00:00Z");
    expect(summary).toContain("| planning | 100 | 15 ms | 5.0 ms | 100 MB |  | 10 ms (+50 %) |");
  });
});

describe.each(GENERATIONS)("the made-up organization on generation %s", (generation) => {
  test("is the same live state whether it is built or read from the embedded control plane", async () => {
    const world = buildWorld(100);
    const model = createModel({ generation, org: "acme", now: () => 0 });
    model.commit(buildRecords(world, 0));
    const endpoint = "http://127.0.0.1:9";
    const read = await readLive(createReader(createEmbeddedTransport(model), { endpoint, org: "acme" }));
    const built = buildLive(world, generation);
    expect(read.clusters.map(({ name, pool, state, health }) => [name, pool, state, health])).toEqual(
      built.clusters.map(({ name, pool, state, health }) => [name, pool, state, health]),
    );
    expect(read.queues).toEqual(built.queues);
    expect(read.pools.filter(({ name }) => name !== "default")).toEqual(
      built.pools.filter(({ name }) => name !== "default"),
    );
  });
});
