import { describe, expect, test } from "vitest";
import { resolveRoutes } from "../../../src/plan/routing/resolve-routes.ts";
import type { Route, RouteSystem } from "../../../src/plan/routing/route.ts";
import type { RoutingFacts } from "../../../src/plan/routing/routing-facts.ts";
import { buildFacts, cluster, labelMap, queue, row, settings } from "./build-facts.ts";

/** The answer of one system to a run of project ml in domain dev. */
function ask(system: RouteSystem, known: Partial<RoutingFacts>, workflow: string | null = null): Route {
  const [route] = resolveRoutes(buildFacts(known), [{ kind: "run", project: "ml", domain: "dev", workflow, system }]);
  if (route === undefined) throw new Error("no answer");
  return route;
}

/** Clusters as `name` or `name=share`. */
function reach({ clusters }: Route): readonly string[] {
  return clusters.map(({ name, share }) => (share === null ? name : `${name}=${Number(share.toFixed(4))}`));
}

function rules({ because }: Route): string {
  return because.map(({ rule }) => rule).join("\n");
}

function askQueue(name: string, known: Partial<RoutingFacts>): Route {
  const [route] = resolveRoutes(buildFacts(known), [{ kind: "queue", queue: name }]);
  if (route === undefined) throw new Error("no answer");
  return route;
}

const CLUSTERS = [cluster("a", "gpu"), cluster("b", "gpu"), cluster("c", "cpu")];

describe("a scope whose settings may not be read", () => {
  const known = { clusters: CLUSTERS, queues: [queue("default", "gpu", ["*"]), queue("q", "gpu", ["a"])] };
  const unreadable_scopes = [{ domain: "dev", project: null }];

  test("leaves it unknown where a run goes that would look for its queue there", () => {
    const route = ask("queues", { ...known, settings: [settings(""), settings("dev/ml")], unreadable_scopes });
    expect([route.outcome, route.queue, reach(route)]).toEqual(["unknown", null, []]);
    expect(rules(route)).toContain('permission denied for the settings of domain "dev"');
  });

  test("does not matter to a run whose project names its queue", () => {
    const route = ask("queues", { ...known, settings: [settings(""), settings("dev/ml", "q")], unreadable_scopes });
    expect([route.outcome, reach(route)]).toEqual(["routed", ["a"]]);
  });
});

describe("a queue", () => {
  test("with * sends to every cluster of its pool, in shares that nobody knows", () => {
    const route = askQueue("q", { clusters: CLUSTERS, queues: [queue("q", "gpu", ["*"])] });
    expect(route.clusters).toEqual([
      { name: "a", share: null, healthy: true },
      { name: "b", share: null, healthy: true },
    ]);
    expect(route.outcome).toBe("routed");
  });

  test("with names sends to those of its pool, and says which names get nothing", () => {
    const route = askQueue("q", { clusters: CLUSTERS, queues: [queue("q", "gpu", ["b", "c", "gone"])] });
    expect(reach(route)).toEqual(["b"]);
    expect(rules(route)).toContain('cluster "c" is in pool "cpu" and gets nothing');
    expect(rules(route)).toContain('cluster "gone" does not exist and gets nothing');
  });

  test("leaves out clusters out of service and keeps unhealthy ones, marked", () => {
    const clusters = [cluster("a", "gpu", { in_service: false }), cluster("b", "gpu", { healthy: false })];
    const route = askQueue("q", { clusters, queues: [queue("q", "gpu", ["*"])] });
    expect(route.clusters).toEqual([{ name: "b", share: null, healthy: false }]);
    expect(rules(route)).toContain('work waits in queue "q" until a cluster is healthy');
  });

  test("whose selector is empty, or whose pool is, leads nowhere", () => {
    expect(askQueue("q", { clusters: CLUSTERS, queues: [queue("q", "gpu", [])] }).outcome).toBe("nowhere");
    expect(askQueue("q", { queues: [queue("q", "gpu", ["*"])] }).outcome).toBe("nowhere");
  });

  test("that is drained or not there refuses runs", () => {
    expect(askQueue("q", { clusters: CLUSTERS, queues: [queue("q", "gpu", ["*"], false)] }).outcome).toBe("refused");
    expect(askQueue("q", { clusters: CLUSTERS }).outcome).toBe("refused");
  });
});

describe("the default queue of a run", () => {
  const queues = [queue("default", "cpu", ["*"]), queue("wide", "gpu", ["a"]), queue("narrow", "gpu", ["b"])];
  const world = { clusters: CLUSTERS, queues };

  test("is the one that the narrowest scope names", () => {
    const all = [settings("", "default"), settings("dev", "wide"), settings("dev/ml", "narrow")];
    const route = ask("queues", { ...world, settings: all });
    expect([route.queue, ...reach(route)]).toEqual(["narrow", "b"]);
    expect(route.because[0]).toEqual({
      rule: 'run.default_queue of project "ml" of domain "dev" is "narrow"',
      source: "settings dev/ml",
    });
  });

  test("is inherited where the narrower scopes say nothing", () => {
    const route = ask("queues", { ...world, settings: [settings(""), settings("dev", "wide"), settings("dev/ml")] });
    expect(route.queue).toBe("wide");
  });

  test("is default where a scope unsets it, whatever wider ones say", () => {
    const all = [settings("", "wide"), settings("dev", "~unset"), settings("dev/ml")];
    expect(ask("queues", { ...world, settings: all }).queue).toBe("default");
  });

  test("is default where no scope names one", () => {
    expect(reach(ask("queues", world))).toEqual(["c"]);
  });

  test("is told with a reservation where a scope was not looked at", () => {
    const route = ask("queues", { ...world, settings: [settings("", "wide")] });
    expect(route.queue).toBe("wide");
    expect(rules(route)).toContain('project "ml" of domain "dev", domain "dev"');
  });

  test("that is not there refuses the run", () => {
    const route = ask("queues", { ...world, settings: [settings("", "gone"), settings("dev"), settings("dev/ml")] });
    expect([route.queue, route.outcome]).toEqual(["gone", "refused"]);
  });
});

describe("cluster pool attributes", () => {
  const pool_map = [
    { pool: "default", clusters: ["d"], source: "map.yaml:1" },
    { pool: "prod", clusters: ["p2", "p1"], source: "map.yaml:1" },
    { pool: "prod", clusters: ["p3"], source: "more.yaml:1" },
  ];

  test("name the pool at the narrowest scope, and the maps its clusters", () => {
    const pool_attributes = [row("ml", "default"), row("ml/dev", "default"), row("ml/dev/wf", "prod")];
    expect(reach(ask("cluster_pool_attributes", { pool_attributes, pool_map }, "wf"))).toEqual(["p1", "p2", "p3"]);
    expect(reach(ask("cluster_pool_attributes", { pool_attributes, pool_map }, "other"))).toEqual(["d"]);
  });

  test("leave a run to the pool default where there is none", () => {
    expect(reach(ask("cluster_pool_attributes", { pool_map }))).toEqual(["d"]);
  });

  test("lead to the registered clusters of the pool where no map tells them", () => {
    const pool_attributes = [row("ml", "gpu")];
    expect(reach(ask("cluster_pool_attributes", { pool_attributes, clusters: CLUSTERS }))).toEqual(["a", "b"]);
  });

  test("lead to nobody knows where neither map nor registration tells the clusters", () => {
    expect(ask("cluster_pool_attributes", { pool_attributes: [row("ml", "gpu")] }).outcome).toBe("unknown");
  });

  test("lead nowhere where the pool is known to have had clusters", () => {
    const known = { pool_attributes: [row("ml", "gpu")], known_pools: ["gpu"] };
    expect(ask("cluster_pool_attributes", known).outcome).toBe("nowhere");
    expect(reach(ask("cluster_pool_attributes", { ...known, clusters: CLUSTERS }))).toEqual(["a", "b"]);
  });

  test.each([
    ["were not looked at", ["cluster_pool_attributes"], "no map and no registration has", "not read"],
    [
      "were looked at",
      ["queues", "cluster_pool_attributes"],
      "none is registered in it",
      "clusters of the control plane",
    ],
  ] as const)("whose pool has no clusters where registrations %s say so", (_how, systems, rule, source) => {
    const { outcome, because } = ask("cluster_pool_attributes", { systems, pool_attributes: [row("ml", "gpu")] });
    expect([outcome, because[1]]).toEqual(["unknown", { rule: expect.stringContaining(rule), source }]);
  });

  test("always say that open-source Flyte only checks it", () => {
    expect(rules(ask("cluster_pool_attributes", { pool_map }))).toContain("open-source Flyte only checks it");
  });
});

describe("an execution cluster label", () => {
  const map = labelMap({ l1: { x: 0.7, y: 0.3 }, l2: { z: 1 }, off: { z: 1, w: 1 } }, ["x", "y", "w"], "l1");

  test("is the workflow's, else the project-domain's, else the project's", () => {
    const labels = [row("ml", "off"), row("ml/dev", "l1"), row("ml/dev/wf", "off")];
    expect(reach(ask("execution_cluster_labels", { labels, label_map: map }, "wf"))).toEqual(["w=1"]);
    expect(reach(ask("execution_cluster_labels", { labels, label_map: map }))).toEqual(["x=0.7", "y=0.3"]);
    const [outer] = labels;
    expect(reach(ask("execution_cluster_labels", { labels: outer ? [outer] : [], label_map: map }))).toEqual(["w=1"]);
  });

  test("that is empty hides the wider one and acts as none", () => {
    const route = ask("execution_cluster_labels", { labels: [row("ml", "off"), row("ml/dev", "")], label_map: map });
    expect(reach(route)).toEqual(["x=0.7", "y=0.3"]);
    expect(rules(route)).toContain("hides wider ones");
  });

  test("that is unknown, or has no enabled cluster, falls through to the default label", () => {
    for (const label of ["nobody", "l2", "L1"]) {
      const route = ask("execution_cluster_labels", { labels: [row("ml", label)], label_map: map });
      expect(reach(route), label).toEqual(["x=0.7", "y=0.3"]);
    }
  });

  test("falls through to any enabled cluster where the default label leads nowhere too", () => {
    for (const fallback of [null, "", "l2", "nobody"]) {
      const label_map = { ...map, default_label: fallback };
      expect(reach(ask("execution_cluster_labels", { label_map })), String(fallback)).toEqual([
        "w=0.3333",
        "x=0.3333",
        "y=0.3333",
      ]);
    }
  });

  test("of all projects of a domain counts, and may count in place of the project's own", () => {
    const everyone = row("/dev", "off");
    expect(reach(ask("execution_cluster_labels", { labels: [row("ml", "l1"), everyone], label_map: map }))).toEqual([
      "w=1",
    ]);
    const route = ask("execution_cluster_labels", { labels: [row("ml/dev", "l1"), everyone], label_map: map });
    expect(reach(route)).toEqual(["x=0.7", "y=0.3"]);
    expect(rules(route)).toContain("the older of the two rows wins");
  });

  test("leads nowhere when no cluster is enabled, and is ignored when none is configured", () => {
    expect(ask("execution_cluster_labels", { label_map: labelMap({}, []) }).outcome).toBe("nowhere");
    const label_map = { ...labelMap({}, []), single_cluster: true };
    expect(ask("execution_cluster_labels", { label_map }).outcome).toBe("unknown");
  });

  test("leads to nobody knows where flyteadmin's configuration is not known", () => {
    expect(ask("execution_cluster_labels", { labels: [row("ml", "l1")] }).outcome).toBe("unknown");
  });
});

describe("questions", () => {
  const facts = buildFacts({
    clusters: CLUSTERS,
    queues: [queue("q", "gpu", ["*"]), queue("default", "cpu", ["*"])],
    labels: [row("ml/dev/wf", "l1")],
    pool_attributes: [row("ml/dev/other", "gpu")],
    places: [
      { project: null, domain: null },
      { project: "ml", domain: "dev" },
    ],
  });

  test("for all runs are answered for each place by each system, and for workflows by the system of their row", () => {
    const answers = resolveRoutes(facts, [{ kind: "all-runs" }]);
    expect(answers.map(({ system, project, workflow }) => [system, project, workflow])).toEqual([
      ["queues", null, null],
      ["queues", "ml", null],
      ["cluster_pool_attributes", "ml", null],
      ["execution_cluster_labels", "ml", null],
      ["cluster_pool_attributes", "ml", "other"],
      ["execution_cluster_labels", "ml", "wf"],
    ]);
  });

  test("for all queues are answered by name", () => {
    const answers = resolveRoutes(facts, [{ kind: "all-queues" }]);
    expect(answers.map(({ asked, queue }) => [asked, queue])).toEqual([
      ["queue", "default"],
      ["queue", "q"],
    ]);
  });

  test("about a system that is not there have no answer", () => {
    const run = { kind: "run", project: "ml", domain: "dev", workflow: null } as const;
    expect(resolveRoutes({ ...facts, systems: ["queues"] }, [run]).map(({ system }) => system)).toEqual(["queues"]);
    expect(resolveRoutes({ ...facts, systems: [] }, [{ kind: "queue", queue: "q" }])).toEqual([]);
  });

  test("come back as values that survive JSON", () => {
    const answers = resolveRoutes(facts, [{ kind: "all-runs" }, { kind: "all-queues" }]);
    expect(JSON.parse(JSON.stringify(answers))).toEqual(answers);
  });
});
