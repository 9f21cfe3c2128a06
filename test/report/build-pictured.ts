import { buildLive } from "../../bench/build-live.ts";
import { buildDesired } from "../../bench/build-manifests.ts";
import { buildFlyteClusters, placeProjects } from "../../bench/build-places.ts";
import { buildWorld } from "../../bench/build-world.ts";
import type { LiveState } from "../../src/model/objects/live.ts";
import { buildGraph } from "../../src/plan/routing/build-graph.ts";
import { factsOfDesired } from "../../src/plan/routing/facts-of-desired.ts";
import { factsOfLive } from "../../src/plan/routing/facts-of-live.ts";
import type { Graph } from "../../src/plan/routing/graph.ts";
import type { PicturedChange } from "../../src/plan/routing/mark-changes.ts";
import type { RoutingFacts } from "../../src/plan/routing/routing-facts.ts";
import { buildFacts, cluster, labelMap, queue, row, settings } from "../plan/routing/build-facts.ts";

const BEFORE: RoutingFacts = buildFacts({
  clusters: [
    cluster("dev-1", "development"),
    cluster("prod-1", "production"),
    cluster("prod-2", "production"),
    cluster("spare", "development", { in_service: false }),
  ],
  queues: [
    queue("default", "development", ["*"]),
    queue("training", "production", ["prod-1"]),
    queue("batch", "production", ["*"]),
    queue("dev-1", "development", ["dev-1"]),
  ],
  settings: [settings("", "default"), settings("production/ml", "training")],
  pool_attributes: [row("reports/production", "production")],
  labels: [row("ml/development", "cpu")],
  label_map: labelMap({ cpu: { dataplane_1: 0.7, dataplane_2: 0.3 } }, ["dataplane_1", "dataplane_2"], "cpu"),
});

/** A small organization before and after: a cluster moves, a queue is replaced, one is deleted, a cluster and a label come. */
export const SMALL: { readonly before: RoutingFacts; readonly after: RoutingFacts } = {
  before: BEFORE,
  after: {
    ...BEFORE,
    state: "desired",
    clusters: [
      cluster("dev-1", "development"),
      cluster("prod-1", "production"),
      cluster("prod-2", "production"),
      cluster("prod-3", "production"),
      cluster("spare", "production"),
    ],
    queues: [
      queue("default", "development", ["*"]),
      queue("training-2", "production", ["prod-2", "prod-3"]),
      queue("dev-1", "development", ["dev-1"]),
    ],
    settings: [settings("", "default"), settings("production/ml", "training-2")],
    labels: [row("ml/development", "cpu"), row("ml/production", "gpu")],
    label_map: labelMap(
      { cpu: { dataplane_1: 0.7, dataplane_2: 0.3 }, gpu: { dataplane_2: 1 } },
      ["dataplane_1", "dataplane_2"],
      "cpu",
    ),
  },
};

/** A change of the small organization's plan. */
function change(kind: "cluster" | "queue", name: string, action: PicturedChange["action"], previous?: string) {
  const address = `${kind}.${previous ?? name}` as const;
  return { address, physical_name: name, previous_physical_name: previous ?? null, action, before: null };
}

export const SMALL_CHANGES: readonly PicturedChange[] = [
  change("cluster", "prod-3", "create"),
  change("cluster", "spare", "update"),
  change("queue", "training-2", "replace", "training"),
  change("queue", "batch", "delete"),
  { ...change("queue", "x", "update"), address: "settings.acme/production/ml" },
  { ...change("queue", "x", "create"), address: "execution_cluster_label.ml/production" },
];

/** The picture of the small organization with its changes, optionally from facts in another order. */
export function pictureSmall({ reversed = false } = {}): Graph {
  const turn = (facts: RoutingFacts): RoutingFacts => (reversed ? reverse(facts) : facts);
  const changes = reversed ? SMALL_CHANGES.toReversed() : SMALL_CHANGES;
  return buildGraph(turn(SMALL.after), changes, { before: turn(SMALL.before) });
}

function reverse(facts: RoutingFacts): RoutingFacts {
  return {
    ...facts,
    queues: facts.queues.toReversed(),
    clusters: facts.clusters.toReversed(),
    settings: facts.settings.toReversed(),
    labels: facts.labels.toReversed(),
  };
}

/** Names as nobody should choose them; workflows, labels and ids of Flyte clusters are free text. */
const HOSTILE = [
  `"]; evil [label="`,
  "a\\",
  "<script>evil()</script>",
  "--> evil",
  "- evil",
  "1. evil",
  "`**evil**`",
  "#quot; &lt;",
  "end",
  "%%{init: {}}%%",
  "]]>\n\u0000\u001b[31m",
  "\ud800\uffff",
  '"onload=evil',
  "...",
];

/** The picture of labels, workflows and clusters with hostile names. */
export function pictureHostile(): Graph {
  const rows = HOSTILE.map((name) => ({
    ...row("ml/dev", name),
    scope: { project: "ml", domain: "dev", workflow: name },
  }));
  const weights = Object.fromEntries(HOSTILE.map((name) => [name, { [name]: 1 }]));
  return buildGraph(buildFacts({ labels: rows, label_map: labelMap(weights, HOSTILE), pool_attributes: rows }), []);
}

/** A made-up organization of `size` objects and a tenth as many project-domains, in which a tenth of the clusters moves. */
export function pictureLarge(size: number): Graph {
  const live: LiveState = { ...buildLive(buildWorld(size), "2026-11"), ...placeProjects(size / 10, size) };
  const desired = buildDesired(buildWorld(size, "a tenth of the clusters"));
  const flyteClusters = { value: buildFlyteClusters(), source: "values.yaml:1" };
  const before = factsOfLive(live, [], flyteClusters);
  const after = factsOfDesired(desired, live, { flyteClusters });
  const pools = new Map(before.clusters.map(({ name, pool }) => [name, pool]));
  const moved = after.clusters.filter(({ name, pool }) => pools.get(name) !== pool);
  return buildGraph(
    after,
    moved.map(({ name }) => change("cluster", name, "update")),
    { before },
  );
}
