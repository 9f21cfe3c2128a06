import { expect, test } from "vitest";
import { resolveRoutes } from "../../../src/plan/routing/resolve-routes.ts";
import type { Route, RouteQuestion } from "../../../src/plan/routing/route.ts";
import type { SettingsFact } from "../../../src/plan/routing/routing-facts.ts";
import { renderRoutingJson, renderRoutingText } from "../../../src/report/routing/render-routing-text.ts";
import { PLAIN } from "../../../src/report/text/paint.ts";
import { buildFacts, cluster, labelMap, queue, row, settings } from "../../plan/routing/build-facts.ts";

const QUESTIONS: readonly RouteQuestion[] = [
  { kind: "run", project: "ml", domain: "dev", workflow: "train\u001b[31m" },
  { kind: "queue", queue: "batch" },
];
const LIVE = buildFacts({
  clusters: [cluster("a", "gpu"), cluster("b", "gpu", { healthy: false })],
  queues: [queue("default", "gpu", ["*"]), queue("batch", "gpu", ["a"])],
  labels: [row("ml/dev", "l1")],
  label_map: labelMap({ l1: { x: 0.7, y: 0.3 } }, ["x", "y"]),
  systems: ["queues", "execution_cluster_labels"],
});
const DESIRED = {
  ...LIVE,
  state: "desired",
  settings: [settings("", "batch"), settings("dev"), settings("dev/ml")],
  queues: [queue("batch", "gpu", ["gone"])],
} as const;

test("routes are shown by question and system, live and desired side by side, with their reasons", () => {
  const routes = [...resolveRoutes(LIVE, QUESTIONS), ...resolveRoutes(DESIRED, QUESTIONS)];
  expect(String(renderRoutingText(routes, PLAIN))).toBe(`project "ml", domain "dev", workflow "train\\u001b[31m"
  queues and settings
    live     queue default -> a, b (unhealthy)
      no settings name a queue, so it is "default"  (rule of the control plane)
      queue "default" takes every cluster of pool "gpu"  (queue default)
      cluster "b" is unhealthy: nothing is sent to it until it recovers  (cluster b)
    desired  queue batch -> NOWHERE
      run.default_queue of the organization is "batch"  (settings )
      queue "batch" takes gone of pool "gpu"  (queue batch)
      cluster "gone" does not exist and gets nothing  (queue batch)
      work in queue "batch" reaches no cluster  (queue batch)
  execution cluster labels
    live = desired  x 70 %, y 30 %
      the label of project "ml" in domain "dev" is "l1"  (row ml/dev)
      label "l1" maps to x, y, by their weights  (values.yaml:1)

queue "batch"
  queues and settings
    live     a
      queue "batch" takes a of pool "gpu"  (queue batch)
    desired  NOWHERE
      queue "batch" takes gone of pool "gpu"  (queue batch)
      cluster "gone" does not exist and gets nothing  (queue batch)
      work in queue "batch" reaches no cluster  (queue batch)
`);
});

test("the same clusters for other reasons are told apart: a cluster that moves to another pool is not there yet", () => {
  const clusters = [cluster("a", "cpu")];
  const moved = { ...LIVE, state: "desired", clusters, queues: [queue("batch", "cpu", ["a"])] } as const;
  const routes = [LIVE, moved].flatMap((facts) => resolveRoutes(facts, [{ kind: "queue", queue: "batch" }]));
  expect(String(renderRoutingText(routes, PLAIN))).toBe(`queue "batch"
  queues and settings
    live     a
      queue "batch" takes a of pool "gpu"  (queue batch)
    desired  a
      queue "batch" takes a of pool "cpu"  (queue batch)
`);
});

const PLACES = ["dev", "prod", "test"].map((domain) => ({ project: "ml", domain }));

test("places with the same answers stand together, and what nobody knows of any run is told once", () => {
  const live = {
    ...LIVE,
    places: PLACES,
    labels: [row("ml/dev", "l1")],
    label_map: null,
    settings: [settings("prod", "batch")],
  };
  const desired = { ...live, state: "desired" } as const;
  const routes = [live, desired].flatMap((facts) =>
    resolveRoutes({ ...facts, settings: withAll(facts.settings) }, [{ kind: "all-runs" }]),
  );
  expect(String(renderRoutingText(routes, PLAIN))).toBe(`project "ml", domain "dev"
project "ml", domain "test"
  queues and settings
    live = desired  queue default -> a, b (unhealthy)
      no settings name a queue, so it is "default"  (rule of the control plane)
      queue "default" takes every cluster of pool "gpu"  (queue default)
      cluster "b" is unhealthy: nothing is sent to it until it recovers  (cluster b)

project "ml", domain "prod"
  queues and settings
    live = desired  queue batch -> a
      run.default_queue of domain "prod" is "batch"  (settings prod)
      queue "batch" takes a of pool "gpu"  (queue batch)

all 3 runs
  execution cluster labels
    live = desired  (not known)
      which clusters flyteadmin has loaded is not known  (not read)
`);
});

/** With every scope looked at. */
function withAll(own: readonly SettingsFact[]): readonly SettingsFact[] {
  const scopes = ["", ...PLACES.flatMap(({ project, domain }) => [domain, `${domain}/${project}`])];
  const named = new Set(own.map(({ scope }) => JSON.stringify(scope)));
  return [...own, ...scopes.map((scope) => settings(scope)).filter(({ scope }) => !named.has(JSON.stringify(scope)))];
}

test("a system of which one answer is known tells them all by their questions", () => {
  const facts = { ...LIVE, places: PLACES, systems: ["execution_cluster_labels"] } as const;
  const known = resolveRoutes(facts, [{ kind: "all-runs" }]);
  const text = String(renderRoutingText([...known.slice(1), { ...(known[0] as Route), outcome: "unknown" }], PLAIN));
  expect(text).not.toContain("all 3 runs");
  expect(text).toContain("(not known)");
});

test("a target of which nothing is known says so", () => {
  expect(String(renderRoutingText([], PLAIN))).toBe("No routes are known.\n");
});

test("the JSON is the list of answers", () => {
  const routes = resolveRoutes(LIVE, QUESTIONS);
  expect(JSON.parse(renderRoutingJson(routes))).toEqual(routes);
});

test("an answer with many clusters and rules is cut, and says so", () => {
  const clusters = Array.from({ length: 30 }, (_, index) => cluster(`c${index + 10}`, "gpu", { healthy: false }));
  const facts = buildFacts({ clusters, queues: [queue("batch", "gpu", ["*"])], systems: ["queues"] });
  const text = String(renderRoutingText(resolveRoutes(facts, [{ kind: "queue", queue: "batch" }]), PLAIN));
  expect(text).toContain("c19 (unhealthy), … and 20 more (--json shows all)");
  expect(text).toContain("… and 20 more rules (--json shows all)");
});
