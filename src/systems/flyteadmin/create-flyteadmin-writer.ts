import { encodeAttributes, resourceTypeOf } from "./attributes-codec.ts";
import { attributesPath, refuseScope } from "./attributes-path.ts";
import type { FlyteadminCaller } from "./call-flyteadmin.ts";
import type { FlyteadminWriter } from "./flyteadmin-writer.ts";

/** A writer over the HTTP gateway. */
export function createWriter(caller: FlyteadminCaller): FlyteadminWriter {
  return {
    putRow: async (row) => {
      if (row.launch_plan !== null)
        throw refuseScope(row.scope, `it is for the launch plan "${row.launch_plan}" alone`);
      await caller.write("PUT", attributesPath(row.scope), encodeAttributes(row));
    },
    // A type in the query, or none, would delete rows of another kind and be answered with 200.
    deleteRow: async (kind, scope) => {
      await caller.write("DELETE", attributesPath(scope), { resource_type: resourceTypeOf(kind) });
    },
  };
}
