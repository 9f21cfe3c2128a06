import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildGraph, type GraphOptions } from "../../../src/plan/routing/build-graph.ts";
import type { Graph } from "../../../src/plan/routing/graph.ts";
import type { PicturedChange } from "../../../src/plan/routing/mark-changes.ts";
import type { RoutingFacts } from "../../../src/plan/routing/routing-facts.ts";
import { buildFacts, cluster, labelMap, queue, row, settings } from "./build-facts.ts";

function draw(
  known: Partial<RoutingFacts>,
  changes: readonly PicturedChange[] = [],
  options: GraphOptions = {},
): Graph {
  return buildGraph(buildFacts({ settings: [], ...known }), changes, options);
}

/** Edges as `title -> title`, with a label and a change where there is one. */
function arrows({ groups, nodes, edges }: Graph): readonly string[] {
  const titles = new Map([...groups, ...nodes].map(({ id, title }) => [id, title]));
  return edges.map(({ from, to, label, change }) => {
    return [`${titles.get(from)} -> ${titles.get(to)}`, label, change].filter((part) => part).join(" ");
  });
}

function node(graph: Graph, title: string) {
  return graph.nodes.find((candidate) => candidate.title === title);
}

const CLUSTERS = [cluster("a", "gpu"), cluster("b", "gpu"), cluster("c", "cpu", { in_service: false })];

describe("a graph", () => {
  test("marks what comes and goes without a change of its own, such as labels and clusters of Flyte", () => {
    const before = buildFacts({ settings: [], label_map: labelMap({ cpu: { x: 1 } }, ["x"]) });
    const graph = draw({ label_map: labelMap({ cpu: { x: 1 }, gpu: { y: 1 } }, ["x", "y"]) }, [], { before });
    expect(["cpu", "x", "gpu", "y"].map((title) => node(graph, title)?.change)).toEqual([
      null,
      null,
      "create",
      "create",
    ]);
  });

  test("leads from queues to clusters, and with * to the box of the pool", () => {
    const graph = draw({ clusters: CLUSTERS, queues: [queue("all", "gpu", ["*"]), queue("some", "gpu", ["b", "c"])] });
    expect(arrows(graph)).toEqual(["all -> pool gpu", "some -> b"]);
    expect(node(graph, "c")?.note).toBe("out of service");
  });

  test("leads from scopes to queues by settings, to pools and labels by rows, and on by shares", () => {
    const graph = draw({
      queues: [queue("q", "gpu", ["*"]), queue("default", "gpu", ["*"])],
      settings: [settings("", "q"), settings("dev", "~unset"), settings("dev/ml")],
      pool_attributes: [row("ml", "gpu")],
      labels: [row("ml/dev/wf", "l1"), row("ml/dev", "")],
      label_map: labelMap({ l1: { x: 0.7, y: 0.3, off: 1 } }, ["x", "y"]),
    });
    expect(arrows(graph)).toEqual([
      "domain dev -> default unset",
      "ml -> pool gpu",
      "organization -> q",
      "wf -> l1",
      "default -> pool gpu",
      "q -> pool gpu",
      "l1 -> off no runs",
      "l1 -> x 70 %",
      "l1 -> y 30 %",
    ]);
    expect(node(graph, "wf")?.note).toBe("ml / dev");
    expect(node(graph, "off")?.note).toBe("unknown or disabled");
  });

  test("leaves out a cluster's own queue, unless a scope refers to it", () => {
    const known = { clusters: CLUSTERS, queues: [queue("a", "gpu", ["a"]), queue("b", "gpu", ["b"])] };
    expect(arrows(draw(known))).toEqual([]);
    expect(arrows(draw({ ...known, settings: [settings("", "b")] }))).toEqual(["organization -> b", "b -> b"]);
  });

  test("shows what is referred to and not there", () => {
    const graph = draw({
      settings: [settings("", "gone")],
      labels: [row("ml", "lost")],
      label_map: labelMap({}, ["x"]),
    });
    expect(node(graph, "gone")?.note).toBe("does not exist");
    expect(node(graph, "lost")?.note).toBe("is not in the label map");
  });

  test("has the clusters of pool maps beside the registered ones, each once in a pool", () => {
    const pool_map = [{ pool: "gpu", clusters: ["a", "m"], source: "" }];
    const graph = draw({ clusters: CLUSTERS, pool_map });
    const [gpu] = graph.groups.filter(({ title }) => title === "pool gpu");
    expect(graph.nodes.filter(({ group }) => group === gpu?.id).map(({ title }) => title)).toEqual(["a", "b", "m"]);
  });
});

describe("changes in a graph", () => {
  const named = { previous_physical_name: null };

  test("mark what they name, a replacement on the new name and a deletion on the old one", () => {
    const changes: readonly PicturedChange[] = [
      { address: "cluster.a", physical_name: "a-2", previous_physical_name: "a", action: "replace", before: null },
      { address: "queue.q", physical_name: "q", ...named, action: "update", before: null },
      { address: "cluster_pool.new", physical_name: "new", ...named, action: "create", before: null },
      { address: "cluster.b", physical_name: "b", ...named, action: "adopt", before: null },
    ];
    const clusters = [...CLUSTERS, cluster("a-2", "gpu")];
    const graph = draw({ clusters, queues: [queue("q", "gpu", ["*"])] }, changes);
    expect(["a-2", "a", "q", "b"].map((title) => node(graph, title)?.change)).toEqual([
      "replace",
      "delete",
      "update",
      null,
    ]);
    expect(graph.groups.find(({ title }) => title === "pool new")?.change).toBe("create");
  });

  test("leave what goes in the picture, and mark references that come and go", () => {
    const before = buildFacts({ clusters: CLUSTERS, queues: [queue("q", "gpu", ["a"]), queue("old", "gpu", ["*"])] });
    const graph = draw({ clusters: CLUSTERS, queues: [queue("q", "gpu", ["b"])] }, [], { before });
    expect(node(graph, "old")?.change).toBe("delete");
    expect(arrows(graph)).toEqual(["old -> pool gpu delete", "q -> a delete", "q -> b create"]);
  });

  test("say from which pool a cluster comes", () => {
    const before = buildFacts({ clusters: [cluster("a", "cpu")] });
    expect(node(draw({ clusters: [cluster("a", "gpu")] }, [], { before }), "a")?.note).toBe("from pool cpu");
  });
});

describe("grouping", () => {
  const clusters = Array.from({ length: 12 }, (_, index) => cluster(`c${String(index).padStart(2, "0")}`, "gpu"));
  const queues = Array.from({ length: 20 }, (_, index) => {
    return queue(
      `q${String(index).padStart(2, "0")}`,
      "gpu",
      index % 2 === 0 ? ["*"] : [`c${index % 4 === 1 ? "00" : "01"}`],
    );
  });

  test("leaves everything apart where there is room", () => {
    expect(draw({ clusters, queues }).nodes.length).toBe(32);
  });

  test("draws what is entirely alike as one", () => {
    const graph = draw({ clusters, queues }, [], { mostNodes: 10 });
    expect(graph.nodes.map(({ title }) => title)).toEqual([
      "10 queues",
      "5 queues",
      "5 queues",
      "c00",
      "c01",
      "10 clusters",
    ]);
    expect(graph.nodes.at(-1)?.note).toBe("c02 … c11");
    expect(arrows(graph)).toEqual(["10 queues -> pool gpu", "5 queues -> c00", "5 queues -> c01"]);
  });

  test("draws what is roughly alike as one where that is still too much", () => {
    const graph = draw({ clusters, queues }, [], { mostNodes: 4 });
    expect(graph.nodes.map(({ title }) => title)).toEqual(["10 queues", "10 queues", "c00, c01", "10 clusters"]);
  });

  test("keeps what changes apart from what does not", () => {
    const change: PicturedChange = {
      address: "cluster.c05",
      physical_name: "c05",
      previous_physical_name: null,
      action: "update",
      before: null,
    };
    const graph = draw({ clusters, queues }, [change], { mostNodes: 4 });
    expect(node(graph, "c05")?.change).toBe("update");
    expect(node(graph, "9 clusters")?.change).toBe(null);
  });

  test("loses nothing, for any threshold", () => {
    fc.assert(
      fc.property(fc.nat(40), fc.array(fc.nat(11), { maxLength: 30 }), (mostNodes, targets) => {
        const drawn = targets.map((target, index) =>
          queue(`q${index}`, "gpu", [`c${String(target).padStart(2, "0")}`]),
        );
        const graph = draw({ clusters, queues: drawn }, [], { mostNodes });
        const names = graph.nodes.flatMap((drawnNode) => drawnNode.names);
        expect(names.toSorted()).toEqual([...clusters, ...drawn].map(({ name }) => name).sort());
        const ids = new Set([...graph.nodes, ...graph.groups].map(({ id }) => id));
        expect(ids.size).toBe(graph.nodes.length + graph.groups.length);
        expect(graph.edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true);
      }),
      { numRuns: 50, seed: 1 },
    );
  });
});
