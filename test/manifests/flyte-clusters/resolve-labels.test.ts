import { describe, expect, test } from "vitest";
import { resolveLabels } from "../../../src/manifests/flyte-clusters/resolve-labels.ts";
import { readText } from "./read-fixture.ts";

const { value } = readText(`configmap:
  clusters:
    defaultExecutionLabel: fallback
    labelClusterMap:
      alpha: [{ id: one, weight: 0.5 }, { id: two, weight: 0.2 }, { id: off, weight: 0.3 }]
      TeamA: [{ id: two, weight: 1 }]
      equal: [{ id: one }, { id: two }]
      some: [{ id: one, weight: 0 }, { id: two, weight: 0.1 }]
      fallback: [{ id: one, weight: 1 }]
      gone: [{ id: off, weight: 1 }]
    clusterConfigs:
      - { name: one, enabled: true, inCluster: true }
      - { name: two, enabled: true, inCluster: true }
      - { name: off, inCluster: true }
`);
const labels = resolveLabels(value);

describe("the labels that flyteadmin knows after its start", () => {
  test.each([
    ["alpha", "one 0.71, two 0.29"],
    ["teama", "two 1.00"],
    ["equal", "one 0.50, two 0.50"],
    ["some", "two 1.00"],
    ["fallback", "one 1.00"],
  ])("label %s is shared out as %s", (label, expected) => {
    expect(
      labels
        .get(label)
        ?.map(({ id, share }) => `${id} ${share.toFixed(2)}`)
        .join(", "),
    ).toBe(expected);
  });

  test("a label without an enabled cluster is not there, nor one with upper-case letters from a map", () => {
    expect([...labels.keys()].filter((label) => ["gone", "TeamA"].includes(label))).toEqual([]);
  });
});
