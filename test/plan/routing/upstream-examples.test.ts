import { expect, test } from "vitest";
import { groupRows } from "../../../src/model/objects/desired.ts";
import { factsOfDesired } from "../../../src/plan/routing/facts-of-desired.ts";
import { resolveRoutes } from "../../../src/plan/routing/resolve-routes.ts";
import { renderRoutingText } from "../../../src/report/routing/render-routing-text.ts";
import { PLAIN } from "../../../src/report/text/paint.ts";
import { buildDesired, desiredFlyteClusters, desiredPoolMap, desiredRow, flyteClusters } from "./build-states.ts";

test("the examples of the upstream documents on pools lead where these say", () => {
  const pools = {
    default: ["my-dev-cluster"],
    "development-cp": ["my-dev-cluster"],
    "staging-cp": ["my-staging-cluster"],
    "production-cp": ["production-cluster-1", "production-cluster-2"],
    "dr-region": ["dr-site-cluster"],
  };
  const facts = factsOfDesired(
    buildDesired({
      pool_maps: [desiredPoolMap("pools", pools)],
      rows: groupRows([
        desiredRow("cluster_pool_attributes", "flytesnacks/development", "development-cp"),
        desiredRow("cluster_pool_attributes", "flytesnacks/production/my_critical_wf", "production-cp"),
      ]),
    }),
    null,
  );
  expect(String(renderRoutingText(resolveRoutes(facts, [{ kind: "all-runs" }]), PLAIN))).toMatchInlineSnapshot(`
    "project "flytesnacks", domain "development"
      cluster pool attributes
        desired  my-dev-cluster
          the pool of project "flytesnacks" in domain "development" is "development-cp"  (cluster_pool_attributes/flytesnacks/development.yaml:1)
          pool "development-cp" has my-dev-cluster  (cluster_pool_map/pools.yaml:1)
          a self-managed Union control plane routes by this; open-source Flyte only checks it, and not for single workflows  (rule of the control plane)

    project "flytesnacks", domain "production"
      cluster pool attributes
        desired  my-dev-cluster
          no row names a pool: "default"  (rule of the control plane)
          pool "default" has my-dev-cluster  (cluster_pool_map/pools.yaml:1)
          a self-managed Union control plane routes by this; open-source Flyte only checks it, and not for single workflows  (rule of the control plane)

    project "flytesnacks", domain "production", workflow "my_critical_wf"
      cluster pool attributes
        desired  production-cluster-1, production-cluster-2
          the pool of workflow "my_critical_wf" of project "flytesnacks" in domain "production" is "production-cp"  (cluster_pool_attributes/flytesnacks/production/my_critical_wf.yaml:1)
          pool "production-cp" has production-cluster-1, production-cluster-2  (cluster_pool_map/pools.yaml:1)
          a self-managed Union control plane routes by this; open-source Flyte only checks it, and not for single workflows  (rule of the control plane)
    "
  `);
});

test("the examples of the upstream documents on labels lead where these say, a label that no map knows anywhere", () => {
  const facts = factsOfDesired(
    buildDesired({
      flyte_clusters: [
        desiredFlyteClusters(
          "values-override",
          flyteClusters(["dataplane_1", "dataplane_2"], [["label1", "dataplane_1"]]),
        ),
      ],
      rows: groupRows([
        desiredRow("execution_cluster_label", "project1/development", "label1"),
        desiredRow("execution_cluster_label", "project1/development/example.training_workflow", "project1"),
      ]),
    }),
    null,
  );
  expect(String(renderRoutingText(resolveRoutes(facts, [{ kind: "all-runs" }]), PLAIN))).toMatchInlineSnapshot(`
    "project "project1", domain "development"
      execution cluster labels
        desired  dataplane_1 100 %
          the label of project "project1" in domain "development" is "label1"  (execution_cluster_label/project1/development.yaml:1)
          label "label1" maps to dataplane_1  (flyte_clusters/values-override.yaml:1)

    project "project1", domain "development", workflow "example.training_workflow"
      execution cluster labels
        desired  dataplane_1 50 %, dataplane_2 50 %
          the label of workflow "example.training_workflow" of project "project1" in domain "development" is "project1"  (execution_cluster_label/project1/development/example.training_workflow.yaml:1)
          label "project1" is not in the label map  (flyte_clusters/values-override.yaml:1)
          any enabled cluster, with equal shares  (flyte_clusters/values-override.yaml:1)
    "
  `);
});
