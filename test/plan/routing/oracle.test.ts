import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolveRoutes } from "../../../src/plan/routing/resolve-routes.ts";
import type { RouteSystem } from "../../../src/plan/routing/route.ts";
import type { RoutingFacts } from "../../../src/plan/routing/routing-facts.ts";
import { buildFacts, cluster, labelMap, queue, row, settings } from "./build-facts.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 300),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

const IDS = ["x", "y", "z"];
const LABELS = ["l1", "l2", "l3"];
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const labelValue = maybe(fc.constantFrom("", ...LABELS, "nobody"));

const labelWorld = fc.record({
  weights: fc.dictionary(
    fc.constantFrom(...LABELS),
    fc.dictionary(fc.constantFrom(...IDS, "stranger"), fc.constantFrom(0, 0, 0.25, 0.5, 1)),
  ),
  enabled: fc.subarray(IDS, { minLength: 1 }),
  fallback: fc.constantFrom(null, ...LABELS, "nobody"),
  stored: fc.record({ project: labelValue, domain: labelValue, workflow: labelValue }),
});

type LabelWorld = typeof labelWorld extends fc.Arbitrary<infer T> ? T : never;

/** The share of one cluster, written from the documents and not from the code: the first label that leads anywhere decides. */
function expectedShare(id: string, { weights, enabled, fallback, stored }: LabelWorld): number {
  const label = stored.workflow ?? stored.domain ?? stored.project;
  for (const name of [label, fallback]) {
    const entries = Object.entries(weights[name ?? ""] ?? {}).filter(([entry]) => enabled.includes(entry));
    if (entries.length === 0) continue;
    const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
    const own = entries.find(([entry]) => entry === id);
    if (own === undefined) return 0;
    return total === 0 ? 1 / entries.length : own[1] / total;
  }
  return enabled.includes(id) ? 1 / enabled.length : 0;
}

function ask(system: RouteSystem, known: Partial<RoutingFacts>) {
  const question = { kind: "run", project: "ml", domain: "dev", workflow: "wf", system } as const;
  const [route] = resolveRoutes(buildFacts(known), [question]);
  if (route === undefined) throw new Error("no answer");
  return route;
}

describe("for any configuration", () => {
  test("each cluster gets the share of a label's runs that flyteadmin gives it, and the shares make a whole", () => {
    fc.assert(
      fc.property(labelWorld, (world) => {
        const { project, domain, workflow } = world.stored;
        const scopes = { ml: project, "ml/dev": domain, "ml/dev/wf": workflow };
        const labels = Object.entries(scopes).flatMap(([scope, value]) =>
          value === undefined ? [] : [row(scope, value)],
        );
        const label_map = labelMap(world.weights, world.enabled, world.fallback);
        const shares = new Map(
          ask("execution_cluster_labels", { labels, label_map }).clusters.map(({ name, share }) => [name, share]),
        );
        for (const id of [...IDS, "stranger"]) {
          expect(shares.get(id) ?? 0).toBeCloseTo(expectedShare(id, world), 9);
        }
        expect([...shares.values()].reduce<number>((sum, share) => sum + (share ?? 0), 0)).toBeCloseTo(1, 9);
      }),
      SETTINGS,
    );
  });

  test("the queue of a run is the last word from the organization down to the project", () => {
    const word = maybe(fc.constantFrom("q1", "q2", "~unset"));
    fc.assert(
      fc.property(word, word, word, (org, domain, project) => {
        let expected = "default";
        for (const value of [org, domain, project]) {
          if (value !== undefined) expected = value === "~unset" ? "default" : value;
        }
        const all = [settings("", org), settings("dev", domain), settings("dev/ml", project)];
        const queues = ["default", "q1", "q2"].map((name) => queue(name, "p", ["*"]));
        const route = ask("queues", { settings: all, queues, clusters: [cluster("a", "p")] });
        expect([route.queue, route.clusters.length]).toEqual([expected, 1]);
      }),
      SETTINGS,
    );
  });
});
