import { expect, test } from "vitest";
import { draftStep, fact } from "../../../src/plan/draft/draft-step.ts";
import { linkReferences } from "../../../src/plan/order/link-references.ts";

const FOLLOWED = { of: () => "default", named: () => undefined, isServed: () => true };

/** Settings of so many domains that leave a queue each, and clusters that leave all of these, linked; what each cluster's drain waits for. */
function link(queues: number, clusters: number) {
  const names = Array.from({ length: clusters }, (_, index) => `c${index}`);
  const settings = Array.from({ length: queues }, (_, index) => {
    const name = `acme/d${index}`;
    const set = { settings: {}, cleared: [] };
    const gives = [fact.unreferred(`q${index}`)];
    return draftStep({ address: `settings.${name}`, name, kind: "settings", op: "update", set, gives });
  });
  const drains = names.map((name) => draftStep({ address: `cluster.${name}`, name, kind: "cluster", op: "drain" }));
  // The first one comes back.
  const back = draftStep({ address: "cluster.c0", name: "c0", kind: "cluster", op: "activate" });
  const steps = [...settings, ...drains, back];
  linkReferences(
    { steps, notices: [] },
    { followed: FOLLOWED, lossOf: () => ({ leavers: names, isLast: true }) },
    new Set(),
  );
  return drains.map(({ needs, follows }) => [needs.length, follows]);
}

test("all clusters that a queue loses wait for the settings that leave it", () => {
  expect(link(2, 3)).toEqual([
    [2, []],
    [2, []],
    [2, []],
  ]);
});

test("of many clusters and many queues, one that does not come back waits, and the others come after it", () => {
  const [first, second, ...rest] = link(101, 100);
  expect([first, second]).toEqual([
    [0, ["cluster.c1/drain"]],
    [101, []],
  ]);
  expect(rest.every(([needs, follows]) => needs === 0 && String(follows) === "cluster.c1/drain")).toBe(true);
});
