import { expect, test } from "vitest";
import cluster from "../../schemas/cluster.json" with { type: "json" };
import queue from "../../schemas/queue.json" with { type: "json" };
import { LIMITS, QUEUE_LIMITS } from "../../src/model/objects/queue-limits.ts";

test("both schemas take each limit, with the default of the table", () => {
  for (const limit of LIMITS) {
    const definition = QUEUE_LIMITS[limit];
    const usual = definition.isRequired ? undefined : definition.default;
    for (const properties of [queue.properties, cluster.properties.queue.properties])
      expect([limit, properties[limit]]).toEqual([
        limit,
        expect.objectContaining(usual === undefined ? {} : { default: usual }),
      ]);
  }
  expect(queue.required).toEqual(["name", ...LIMITS.filter((limit) => QUEUE_LIMITS[limit].isRequired)]);
});
