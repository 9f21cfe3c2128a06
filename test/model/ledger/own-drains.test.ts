import { expect, test } from "vitest";
import type { OwnWrite } from "../../../src/model/ledger/ledger.ts";
import { isStillParked, listOwnDrains } from "../../../src/model/ledger/own-drains.ts";

const write = (wrote: Partial<OwnWrite>): OwnWrite => ({
  ...{ address: "queue.q", kind: "queue", physical_name: "q", op: "update", phase: null, set: {}, has_arrived: true },
  ...wrote,
});
const drain = write({ op: "drain", set: { state: "drained" }, on_the_way: true });
const park = write({ phase: "park", set: { clusters: ["*"] } });
const move = write({ set: { cluster_pool: "pb", clusters: ["*"] } });
const unsure = <T extends OwnWrite>(wrote: T) => ({ ...wrote, has_arrived: false });

test.each([
  ["was parked", [drain, park], true],
  ["was parked, or may have been", [drain, unsure(park)], true],
  ["was moved as its manifest has it", [drain, move], false],
  ["was moved so, or may have been", [drain, unsure(move)], false],
  ["was parked, and then written as its manifest has it", [drain, park, move], false],
  ["was parked, and then only had a limit written", [drain, park, write({ set: { depth: 3 } })], true],
  ["was parked, and may have been written as its manifest has it", [drain, park, unsure(move)], true],
  ["was parked, written, and parked again", [drain, park, move, park], true],
])("a drained queue on all clusters that %s is parked still, or not", (_how, written, isParked) => {
  const named = (clusters: readonly string[]) => ({ spec: { cluster_pool: "pb", clusters } });
  const [own] = listOwnDrains(written);
  if (own === undefined) throw new Error("it is drained");
  expect(isStillParked(own, named(["*"]))).toBe(isParked);
  expect([isStillParked(own, named(["c1"])), isStillParked(own, undefined)]).toEqual([false, false]);
});
