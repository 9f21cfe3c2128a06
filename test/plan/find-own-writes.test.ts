import { expect, test } from "vitest";
import type { OwnWrite } from "../../src/model/ledger.ts";
import type { Change, JsonObject } from "../../src/model/plan.ts";
import { findOwnWrites } from "../../src/plan/find-own-writes.ts";

const wrote = (op: OwnWrite["op"], set: JsonObject): OwnWrite => ({
  ...{ kind: "queue", address: "queue.any", physical_name: "any", op, set },
});

/** Which limits of the queue are as these writes have left them. */
function listOwn(written: readonly OwnWrite[], live: JsonObject): readonly string[] {
  const { isOwn } = findOwnWrites({ written, owned: [], narrowed: [], live: { queues: [] } } as never);
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
