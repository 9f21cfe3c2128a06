import { describe, expect, test } from "vitest";
import { resolveExecutionLabel } from "../../src/flyte-clusters/resolve-labels.ts";
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
const reach = (label: string | null, of = value) => {
  const { via, shares } = resolveExecutionLabel(of, label);
  return `${via}: ${shares.map(({ id, share }) => `${id} ${share.toFixed(2)}`).join(", ")}`;
};

describe("the clusters that an execution can reach", () => {
  test.each([
    ["alpha", "label: one 0.71, two 0.29"],
    ["teama", "label: two 1.00"],
    ["TeamA", "default: one 1.00"],
    ["equal", "label: one 0.50, two 0.50"],
    ["some", "label: two 1.00"],
    ["gone", "default: one 1.00"],
    ["unheard-of", "default: one 1.00"],
    [null, "default: one 1.00"],
  ])("label %s reaches %s", (label, expected) => {
    expect(reach(label)).toBe(expected);
  });

  test("without a default label that reaches something, every enabled cluster is as likely", () => {
    expect(reach("unheard-of", { ...value, default_execution_label: "Fallback" })).toBe("any: one 0.50, two 0.50");
  });
});
