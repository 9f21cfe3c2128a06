import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { divideMemory, explainShortage, measureMemory } from "../../../src/reconcile/workers/divide-memory.ts";

const arbitraryMachine = fc
  .record({ totalMb: fc.integer({ min: 256, max: 200_000 }), share: fc.double({ min: 0.1, max: 0.6, noNaN: true }) })
  .map(({ totalMb, share }) => ({ totalMb, heapMb: totalMb * share }));

describe("the memory of a machine", () => {
  test("holds the daemon and all processes of tasks at their limits, or it is said that it does not", () => {
    const seen = { short: 0, fits: 0 };
    fc.assert(
      fc.property(arbitraryMachine, (machine) => {
        const { taskMb, atOnce } = divideMemory(machine);
        expect(atOnce).toBeGreaterThanOrEqual(2);
        expect(atOnce).toBeLessThanOrEqual(16);
        expect(taskMb).toBeLessThanOrEqual(machine.heapMb / 2);
        const sumMb = machine.heapMb + 200 + atOnce * (3 * taskMb + 100);
        const isShort = explainShortage(machine) !== null;
        if (!isShort) expect(sumMb).toBeLessThanOrEqual(machine.totalMb);
        seen[isShort ? "short" : "fits"] += 1;
      }),
    );
    expect(Object.values(seen).every((count) => count > 3)).toBe(true);
  });

  test("that is short is told with what to do", () => {
    expect(explainShortage({ totalMb: 1024, heapMb: 560 })).toBe(
      "poolkeeper may be killed for lack of memory: it has 1024 MB, and with 560 MB for its own objects needs up to 1344 MB. Raise the limit of its container or unit, or lower its share by NODE_OPTIONS=--max-old-space-size=MB.",
    );
  });

  test("is measured", () => {
    const { totalMb, heapMb } = measureMemory();
    expect(totalMb).toBeGreaterThan(heapMb);
    expect(heapMb).toBeGreaterThan(50);
  });
});
