import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/model/json/json.ts";
import type { OwnWrite } from "../../../src/model/ledger/ledger.ts";
import type { Change } from "../../../src/model/plan/plan.ts";
import { findOwnWrites } from "../../../src/plan/decide/find-own-writes.ts";

const wrote = (op: OwnWrite["op"], set: JsonObject): OwnWrite => ({
  ...{ kind: "queue", address: "queue.any", physical_name: "any", op, phase: null, set, has_arrived: true },
});

/** Which limits of the queue are as these writes have left them. */
function listOwn(written: readonly OwnWrite[], live: JsonObject): readonly string[] {
  const { isOwn } = findOwnWrites({ written, owned: [], narrowed: [], live: { queues: [], clusters: [] } } as never);
  const change = { address: "queue.any", physical_name: "any", before: { max_resources: live } } as unknown as Change;
  return ["cpu", "memory", "ephemeral_storage"].filter((name) => isOwn(change, ["max_resources", name]));
}

test("of a map that was patched, the entries that the patches name are as they were written, the others are not", () => {
  const first = wrote("update", { max_resources: { memory: "30Gi" } });
  expect(listOwn([first], { cpu: "20", memory: "30Gi" })).toEqual(["memory"]);
  expect(listOwn([first], { memory: "30Gi" })).toEqual(["memory"]);
  const second = wrote("update", { max_resources: { ephemeral_storage: null }, depth: 3 });
  expect(listOwn([first, second], { cpu: "20", memory: "30Gi" })).toEqual(["memory", "ephemeral_storage"]);
  expect(listOwn([first, second], { memory: "10Gi", ephemeral_storage: "1" })).toEqual([]);
});

test.each([
  { of: "the last one, where that has arrived", arrived: [true, true, true], own: [30] },
  { of: "the last two, where the last may never have arrived", arrived: [true, true, false], own: [20, 30] },
  { of: "all from the last that has arrived", arrived: [true, false, false], own: [10, 20, 30] },
  { of: "each, where none is known to have arrived", arrived: [false, false, false], own: [10, 20, 30] },
])("a field that was written three times is own with the value of $of", ({ arrived, own }) => {
  const writes = arrived.map((has_arrived, index) => ({
    ...wrote("update", { max_resources: { cpu: `${10 * (index + 1)}` } }),
    has_arrived,
  }));
  // A write of another field says nothing of it.
  const written = [...writes, wrote("update", { depth: 3 })];
  const values = [5, 10, 20, 30].filter((cpu) => listOwn(written, { cpu: `${cpu}` }).includes("cpu"));
  expect(values).toEqual(own);
});

test("what was created anew has nothing of what was written to its name before", () => {
  const former = { ...wrote("update", { max_resources: { cpu: "10" } }), has_arrived: false };
  const anew = wrote("create", { max_resources: {} });
  expect(listOwn([former, anew], { cpu: "10" })).toEqual([]);
  expect(listOwn([former, { ...anew, has_arrived: false }], { cpu: "10" })).toEqual(["cpu"]);
});
