import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { divideMemory, explainShortage } from "../../src/reconcile/workers/divide-memory.ts";

const DEPLOY = join(import.meta.dirname, "..", "..", "deploy");
const read = (...path: readonly string[]) => readFileSync(join(DEPLOY, ...path), "utf8");
/** The most that Node adds for young objects, as on a large machine. */
const YOUNG_MB = 192;

/** The limit that stands in a text, in MB, and what it lets the daemon's objects take. */
function readMemory(limit: string, text: string): { readonly totalMb: number; readonly heapMb: number } {
  const totalMb = 1024 * Number(/^(\d+)Gi?$/.exec(limit)?.[1]);
  const share = /--max-old-space-size-percentage=(\d+)/.exec(text)?.[1];
  const fixed = /--max-old-space-size=(\d+)/.exec(text)?.[1];
  const oldMb = share === undefined ? Number(fixed) : (totalMb * Number(share)) / 100;
  return { totalMb, heapMb: oldMb + YOUNG_MB };
}

const unit = read("systemd", "poolkeeper.service");
const deployment = read("kubernetes", "deployment.yaml");
const values = Object(load(read("helm", "poolkeeper", "values.yaml")));
const plain = Object(load(deployment)).spec.template.spec.containers[0];

describe("the daemon and the processes of its tasks", () => {
  test.each([
    ["systemd", /^MemoryMax=(\w+)$/m.exec(unit)?.[1] ?? "", unit],
    ["kubernetes", plain.resources.limits.memory, deployment],
    ["helm", values.resources.limits.memory, read("helm", "poolkeeper", "templates", "deployment.yaml")],
  ])("fit at their limits into the memory that %s gives, tasks of 10,000 objects included", (_name, limit, text) => {
    const memory = readMemory(limit, text);
    const { taskMb, atOnce } = divideMemory(memory);
    expect(explainShortage(memory)).toBe(null);
    expect(memory.heapMb + 200 + atOnce * (3 * taskMb + 100)).toBeLessThanOrEqual(memory.totalMb);
    expect(taskMb).toBeGreaterThanOrEqual(128);
  });

  test("are not all ended where the kernel ends one of a unit", () => {
    expect(unit).toMatch(/^OOMPolicy=continue$/m);
  });
});
