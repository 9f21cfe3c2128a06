import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json/json.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { isShared, leaveAt, listPaths, withoutFields } from "../../src/model/plan/field-origins.ts";
import type { Change, LeftFields, PlanBody } from "../../src/model/plan/plan.ts";
import { computePlan } from "../../src/plan/compute-plan.ts";
import type { PlanInput } from "../../src/plan/input/plan-input.ts";
import { hold } from "./hold-committed.ts";

/** The plan without the fields of one side, where both have a part in a change. */
function planWithout(of: LeftFields["of"], plan: PlanBody, committed: PlanInput): PlanBody {
  const shared = plan.changes.filter(isShared);
  const leave = shared.map((change) => ({ address: change.address, paths: listPaths(change, of), of }));
  return computePlan({ ...committed, options: { ...committed.options, leave } }).body;
}

/** Where a control plane takes one fairness alone, every update of a queue sets it. */
const withoutFairness = (fields: JsonObject) => leaveAt(fields, {}, [["fairness"], ["queue", "fairness"]]);
const sides = ["drift", "commit"] as const;

test("fields are set to what is live, added, or taken out, one by one", () => {
  const wanted = { depth: 3, max_resources: { cpu: "1" }, queue: { depth: 1 } };
  const live = { depth: 5, max_resources: { "nvidia.com/gpu": "2" } };
  const paths = [["depth"], ["max_resources", "nvidia.com/gpu"], ["max_resources", "cpu"], ["queue", "depth"]];
  expect(leaveAt(wanted, live, paths)).toEqual({ depth: 5, max_resources: { "nvidia.com/gpu": "2" } });
  expect(leaveAt({ a: null }, { a: { b: 1 } }, [["a"], ["a", "b"]])).toEqual({ a: { b: 1 } });
  expect(leaveAt({ a: { b: 1 } }, { a: null }, [["a", "b"]])).toEqual({ a: null });
});

describe.each(GENERATIONS)(
  "a change that a commit and somebody outside have a part in, on generation %s",
  (generation) => {
    test.each(sides)(
      "is carried out without the fields of one side, and the others become what they are to be: %s",
      (of) =>
        holdShared(generation, (shared, { plan, committed }) => {
          const lean = planWithout(of, plan, committed);
          for (const change of shared) {
            const rest = withoutFields(change, of);
            const { before, after } = lean.changes.find(({ address }) => address === change.address) ?? {
              before: change.before,
              after: change.before,
            };
            expect(withoutFairness(before ?? {}), change.address).toEqual(withoutFairness(rest.before ?? {}));
            expect(withoutFairness(after ?? {}), change.address).toEqual(withoutFairness(rest.after ?? {}));
          }
        }),
    );

    test("counts as applied as its manifest says where what the commit asks for is carried out, and as before where it is not", () =>
      holdShared(generation, (shared, { plan, committed }) => {
        const claimOf = (body: PlanBody, address: string) =>
          body.ownership.claim.find((claim) => claim.address === address);
        const [lean, rest] = sides.map((of) => planWithout(of, plan, committed));
        for (const { address } of shared) {
          expect(lean && claimOf(lean, address), address).toEqual(claimOf(plan, address));
          expect(rest && claimOf(rest, address), address).toBeUndefined();
        }
      }));
  },
);

/** Runs a property on the changes of both sides, drawing on where there are none. */
function holdShared(
  generation: Generation,
  property: (shared: readonly Change[], plans: { readonly plan: PlanBody; readonly committed: PlanInput }) => void,
): Promise<void> {
  let found = 0;
  const holdAll = hold(
    generation,
    ({ plan, situation: { committed } }) => {
      const shared = plan.changes.filter(isShared);
      found += shared.length;
      if (shared.length > 0) property(shared, { plan, committed });
    },
    () => found > 0,
  );
  return holdAll();
}
