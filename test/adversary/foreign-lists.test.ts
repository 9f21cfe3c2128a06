/**
 * The attacker writes many small objects that all relate to each other: the author of a request many clusters, mounts, labels and queues, a
 * control plane many clusters that are drained and queues that select all of them. Each list is as long as it may be; none of what is done
 * with them may cost one list times the other.
 */
import { describe, expect, test } from "vitest";
import { resolveDesired } from "../../src/manifests/desired/resolve-desired.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import { parseAttributesScope } from "../../src/model/objects/attributes.ts";
import { type Desired, groupRows } from "../../src/model/objects/desired.ts";
import { CAPABILITIES, type LivePool, type LiveState, UNION_ONLY } from "../../src/model/objects/live.ts";
import type { PlanOptions } from "../../src/model/plan/plan.ts";
import { checkSafety, completePlan } from "../../src/plan/check-safety.ts";
import { computePlan } from "../../src/plan/compute-plan.ts";
import type { PlanInput } from "../../src/plan/input/plan-input.ts";
import { findUnserved } from "../../src/plan/policy/find-unserved.ts";
import { factsOfLive } from "../../src/plan/routing/facts-of-live.ts";
import { resolveRoutes } from "../../src/plan/routing/resolve-routes.ts";
import { findUnreachable } from "../../src/reconcile/pass/find-unreachable.ts";
import { renderPlanForCi } from "../../src/report/plan/render-plan-for-ci.ts";
import { renderPlanText } from "../../src/report/plan/render-plan-text.ts";
import { PLAIN } from "../../src/report/text/paint.ts";
import { createAbsentControlPlane } from "../../src/systems/control-plane/absent-control-plane.ts";
import { OPTIONS } from "../plan/open-model.ts";
import {
  buildDesired,
  buildLive,
  desiredCluster,
  desiredQueue,
  desiredRow,
  liveCluster,
  liveQueue,
  NOT_TOLD,
} from "../plan/routing/build-states.ts";
import { countLetters } from "./count-letters.ts";
import { compareSteps } from "./count-steps.ts";

const list = <T>(count: number, build: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => build(index));
const names = (letter: string, count: number) => list(count, (index) => `${letter}${index}`);

/** Enough that what costs a product outweighs the rest. */
const COUNT = 200;

/** Twice the objects take about twice the steps. */
async function expectLinear<T>(build: (count: number) => T, run: (input: T) => unknown): Promise<void> {
  await run(build(10));
  const [few, many] = [build(COUNT), build(2 * COUNT)];
  expect(
    await compareSteps(
      () => run(few),
      () => run(many),
    ),
  ).toBeLessThan(2.4);
}

/** Documents, each in a file of its own, read. */
function read(documents: readonly { readonly folder: string; readonly text: string }[]) {
  const { manifests, claims, diagnostics } = parseManifests(
    documents.map(({ folder, text }, index) => ({ path: `${folder}/${index}.yaml`, text })),
    { org: "acme" },
  );
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return { manifests, claims };
}

describe("manifests", () => {
  const resolve = ({ manifests, claims }: ReturnType<typeof read>) => resolveDesired(manifests, claims);

  const flyteClusters = (clusters: number, mounts: number, labels: readonly string[] = ["l0"]) => ({
    folder: "flyte-clusters",
    text: JSON.stringify({
      delivery: { secrets: "external-secrets", secret_store: { name: "vault" } },
      flyteadmin: {
        additionalVolumes: list(mounts, (index) => ({ name: `v${index}`, secret: { secretName: `s${index}` } })),
        additionalVolumeMounts: list(mounts, (index) => ({ name: `v${index}`, mountPath: `/m/${index}` })),
      },
      configmap: {
        clusters: {
          labelClusterMap: Object.fromEntries(labels.map((label) => [label, [{ id: "c0", weight: 1 }]])),
          clusterConfigs: list(clusters, (index) => ({
            name: `c${index}`,
            endpoint: `https://e${index}`,
            enabled: true,
            auth: { tokenPath: `/m/${index % mounts}/t${index}`, certPath: `/m/${index % mounts}/c${index}` },
          })),
        },
      },
    }).concat("\n"),
  });
  const emptyMap = (index: number) => ({
    folder: "flyte-clusters",
    text: `name: a${index}\nconfigmap: {clusters: {}}\n`,
  });
  const label = (index: number) => ({
    folder: "execution-cluster-labels",
    text: `project: p${index}\ndomain: d\nvalue: L${index}\n`,
  });

  test.each<[string, (count: number) => readonly { readonly folder: string; readonly text: string }[]]>([
    ["clusters of Flyte, all below one mount", (count) => [flyteClusters(count, 1)]],
    ["clusters of Flyte and as many mounts", (count) => [flyteClusters(count, count)]],
    ["label maps and labels that none knows", (count) => [...list(count, emptyMap), ...list(count, label)]],
    ["labels in upper case, each in use", (count) => [flyteClusters(1, 1, names("L", count)), ...list(count, label)]],
  ])("of many %s are resolved", (_name, build) => expectLinear((count) => read(build(count)), resolve));

  test("of many pools, clusters and queues are resolved", async () => {
    const build = (count: number) =>
      read([
        ...names("p", count).map((name, index) => ({
          folder: "pools",
          text: `name: ${name}\nmember_clusters: [m${index}]\nconfig: {object_store_ref: {uri: s3://b/${index}}, secret_store: {type: VAULT, locator: l}}\n`,
        })),
        ...names("c", count).map((name) => ({ folder: "clusters", text: `name: ${name}\npool: p0\nstate: drained\n` })),
        ...names("q", count).map((name, index) => ({
          folder: "queues",
          text: `name: ${name}\nrun_concurrency: 1\naction_concurrency: 1\ncluster_pool: p0\nclusters: [c${index}]\n`,
        })),
      ]);
    await expectLinear(build, resolve);
  });
});

describe("a control plane whose clusters are all drained", () => {
  const drained = (count: number, more = {}) =>
    names("c", count).map((name) => liveCluster(name, "p", { state: "drained", ...more }));
  const star = (count: number) => names("q", count).map((name) => liveQueue(name, "p", ["*"]));
  const naming = (count: number) => names("q", count).map((name, index) => liveQueue(name, "p", [`c${index}`]));

  test.each([
    ["all", star],
    ["one", naming],
  ])("has its queues without a cluster in service found: each selects %s", (_name, queues) =>
    expectLinear(
      (count) => ({ clusters: drained(count), queues: queues(count) }),
      (live) => expect(findUnserved(live, null)).toHaveLength(live.queues.length),
    ),
  );

  test("keeps one list of clusters for all queues that select all of a pool", () => {
    const found = findUnserved({ clusters: drained(3), queues: star(3) }, null);
    expect(new Set(found.map(({ clusters }) => clusters)).size).toBe(1);
    expect(found[0]).toEqual({ queue: "q0", clusters: ["c0", "c1", "c2"] });
  });

  test.each([
    ["all", star],
    ["one", naming],
  ])("has work found that reaches no cluster: each queue selects %s", (_name, queues) => {
    const { reader } = createAbsentControlPlane();
    const waits = { runs_in_flight: 0, actions_in_flight: 0, current_depth: 1 };
    const metrics = {
      ...reader,
      readInFlight: async (asked: readonly { readonly name: string }[]) =>
        new Map(asked.map(({ name }) => [name, waits])),
    };
    return expectLinear(
      (count) => ({ clusters: drained(count), queues: queues(count) }),
      async (live) => expect(await findUnreachable(metrics as never, live, [])).toHaveLength(live.queues.length),
    );
  });
});

test("a queue that names all of many clusters is looked up in no list of them", async () => {
  const answer = (count: number) => {
    const clusters = names("c", count).map((name) => liveCluster(name, "p"));
    const live = buildLive({ clusters, queues: [liveQueue("q", "p", names("c", count))] });
    return () => resolveRoutes(factsOfLive(live, [], null), [{ kind: "queue", queue: "q" }]);
  };
  const [few, many] = [countLetters(answer(COUNT)), countLetters(answer(2 * COUNT))];
  expect(many).toBeLessThan(2.4 * few);
});

describe("a plan", () => {
  const livePool = (name: string): LivePool => {
    const config = {
      object_store_ref: { uri: `s3://${name}`, endpoint: "" },
      secret_store: { type: "VAULT", locator: "l" },
      image_registry: null,
    };
    return { kind: "cluster_pool", name, config, deleted: false, ...NOT_TOLD };
  };
  const input = (
    desired: Partial<Desired>,
    live: Partial<LiveState>,
    options: Partial<PlanOptions> = {},
  ): PlanInput => ({
    desired: buildDesired(desired),
    live: buildLive({ pools: [livePool("p"), livePool("other")], ...live }),
    owned: [],
    pending: [],
    released: new Map(),
    displaced: [],
    settle: [],
    foreign: [],
    narrowed: [],
    ownership: "manifest",
    options: { ...OPTIONS, ...options },
    revision: null,
  });
  const clusters = (count: number, pool: string, state: "active" | "drained" = "active") =>
    names("c", count).map((name) => liveCluster(name, pool, { state }));
  const stars = (count: number) => names("q", count).map((name) => liveQueue(name, "p", ["*"]));
  const naming = (count: number) => names("q", count).map((name, index) => liveQueue(name, "p", [`c${index}`]));
  const wantedClusters = (count: number, pool: string) => names("c", count).map((name) => desiredCluster(name, pool));
  const wantedStars = (count: number) => names("q", count).map((name) => desiredQueue(name, "p", ["*"]));
  const wantedNaming = (count: number) =>
    names("q", count).map((name, index) => desiredQueue(name, "p", [`c${index}`]));
  const drainedClusters = (count: number) =>
    wantedClusters(count, "p").map((cluster) => ({ ...cluster, state: "drained" as const }));
  /** Queues go along with one cluster, which they name or are all on. */
  const moved = (count: number, named: string) =>
    input(
      {
        clusters: wantedClusters(1, "other"),
        queues: names("q", count).map((name) => desiredQueue(name, "other", [named])),
      },
      { clusters: clusters(1, "p"), queues: names("q", count).map((name) => liveQueue(name, "p", [named])) },
    );
  const old = { capabilities: CAPABILITIES["2026-07"] };
  /** Each pool has one cluster, which goes to a pool of its own, as do the runs that a row sends there; `rowTo`: the number of that pool. */
  const followed = (count: number, rowTo: (index: number) => number = (index) => index): PlanInput => {
    const kind = "cluster_pool_attributes" as const;
    const rows = names("p", count).map((name, index) => {
      return { kind, scope: parseAttributesScope(name), launch_plan: null, value: `a${index}` };
    });
    const projects = names("p", count).map((id) => ({ id, name: id, domains: ["d"], state: "active" }));
    return input(
      {
        clusters: names("c", count).map((name, index) => desiredCluster(name, `b${index}`)),
        rows: groupRows(names("p", count).map((name, index) => desiredRow(kind, name, `b${rowTo(index)}`))),
      },
      {
        pools: [...names("a", count), ...names("b", count)].map(livePool),
        clusters: names("c", count).map((name, index) => liveCluster(name, `a${index}`)),
        systems: { ...UNION_ONLY.systems, flyteadmin: "read" },
        flyteadmin: { endpoint: "https://flyte.example.com", projects, domains: ["d"], rows },
      },
    );
  };

  test.each<[string, (count: number) => PlanInput]>([
    [
      "of nothing, beside clusters and queues that nobody declared",
      (n) => input({}, { clusters: clusters(n, "p"), queues: stars(n) }),
    ],
    [
      "of `*` queues whose clusters are all drained",
      (n) =>
        input(
          { clusters: drainedClusters(n), queues: wantedStars(n) },
          { clusters: clusters(n, "p", "drained"), queues: stars(n) },
        ),
    ],
    [
      "that creates clusters and `*` queues",
      (n) => input({ clusters: wantedClusters(n, "p"), queues: wantedStars(n) }, {}),
    ],
    [
      "that creates clusters and queues that name them",
      (n) => input({ clusters: wantedClusters(n, "p"), queues: wantedNaming(n) }, {}),
    ],
    [
      "that moves clusters that queues name",
      (n) =>
        input(
          { clusters: wantedClusters(n, "other"), queues: wantedNaming(n) },
          { clusters: clusters(n, "p"), queues: naming(n) },
        ),
    ],
    ["that moves a cluster and `*` queues of its pool", (n) => moved(n, "*")],
    ["that moves a cluster and queues that name it", (n) => moved(n, "c0")],
    [
      "that deletes clusters that queues name",
      (n) => input({}, { clusters: clusters(n, "p"), queues: naming(n) }, { prune: "all" }),
    ],
    [
      "that replaces clusters of queues that can't move",
      (n) =>
        input(
          { clusters: wantedClusters(n, "other"), queues: wantedNaming(n) },
          { ...old, clusters: clusters(n, "p"), queues: naming(n) },
        ),
    ],
    ["that moves the only clusters of pools, whose rows go along", (n) => followed(n)],
    [
      "that moves the only clusters of pools, whose rows go crosswise in pairs",
      (n) => followed(n, (index) => index ^ 1),
    ],
  ])("%s", async (_name, build) => {
    await expectLinear(build, (one) => {
      const computed = computePlan(one);
      const plan = completePlan(computed.body, checkSafety(computed, []), []);
      renderPlanText(plan, PLAIN);
      renderPlanForCi(plan);
    });
  });

  test("that deletes clusters of `*` queues keeps one list of changes for all of these", () => {
    const { affected } = computePlan(
      input({ queues: wantedStars(3) }, { clusters: clusters(3, "p"), queues: stars(3) }, { prune: "all" }),
    );
    expect(affected.map(({ queue }) => queue)).toEqual(["q0", "q1", "q2"]);
    expect(new Set(affected.map(({ addresses }) => addresses)).size).toBe(1);
    expect(affected[0]?.addresses).toEqual(["cluster.c0", "cluster.c1", "cluster.c2"]);
  });
});
