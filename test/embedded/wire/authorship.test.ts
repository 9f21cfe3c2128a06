import { createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { TOKEN_PATH } from "../../../src/embedded/network/issue-tokens.ts";
import { type ServeOptions, serveControlPlane } from "../../../src/embedded/serve-control-plane.ts";
import { ClusterService } from "../../../src/systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import type { Authorship } from "../../../src/systems/control-plane/gen/cloudidl/common/common_pb.js";
import type { EnrichedIdentity } from "../../../src/systems/control-plane/gen/flyteidl2/common/common_pb.js";
import { id, ORG, openWorld, specOf } from "../open-world.ts";

function describeIdentity(identity: EnrichedIdentity | undefined): string | undefined {
  const principal = identity?.principal;
  if (principal?.case === "application") return `application ${principal.value.spec?.name}`;
  const spec = principal?.value?.spec;
  return spec && (spec.email || `${spec.firstName} ${spec.lastName}`);
}
const authorsOf = (authorship: Authorship | undefined) => [
  describeIdentity(authorship?.createdBy),
  describeIdentity(authorship?.updatedBy),
];
const SELF = ["embedded user", "embedded user"];

async function serve(options: Partial<ServeOptions> = {}) {
  const served = await serveControlPlane({ generation: "2026-11", org: ORG, adminPort: 0, ...options });
  onTestFinished(() => served.close());
  const post = (path: string, body: object) =>
    fetch(`${served.adminUrl}${path}`, { method: "POST", body: JSON.stringify(body) });
  return { ...served, post };
}

function connect(url: string, token?: string) {
  const authorize: Interceptor = (next) => (request) => {
    if (token !== undefined) request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  return createClient(
    ClusterService,
    createConnectTransport({ baseUrl: url, httpVersion: "1.1", interceptors: [authorize] }),
  );
}

async function readCluster(url: string, token?: string) {
  return (await connect(url, token).getCluster({ clusterId: id("c") })).cluster;
}

describe("who made and changed a record", () => {
  test("is told of pools, clusters and queues, in lists and in the answers of writes", async () => {
    const { pools, clusters, queues, pool, cluster, queue, drainCluster } = openWorld("2026-11");
    await pool("p");
    await cluster("c", "p");
    await queue("q", { clusterPoolName: "p" });
    const page = { organization: ORG, request: {} };
    const listed = await pools.list({ organization: ORG });
    expect(listed.clusterPools.map(({ authorship }) => authorsOf(authorship))).toEqual([[undefined, undefined], SELF]);
    expect((await clusters.listClusters(page)).clusters.map(({ authorship }) => authorsOf(authorship))).toEqual([SELF]);
    const names = (await queues.listQueues(page)).queues.map(({ authorship }) => authorsOf(authorship));
    expect(names).toEqual([SELF, SELF, SELF]);
    const updated = await queues.updateQueue({ id: id("q"), spec: specOf({ clusterPoolName: "p", depth: 3 }) });
    expect(authorsOf(updated.queue?.authorship)).toEqual(SELF);
    expect(await drainCluster("c")).toMatchObject({ cluster: { authorship: { updatedBy: {} } } });
  });

  test("is told by no record of 2026-07", async () => {
    const { pools, clusters, queues, cluster } = openWorld("2026-07");
    await cluster("c");
    expect((await pools.list({ organization: ORG })).clusterPools.map(({ authorship }) => authorship)).toEqual([
      undefined,
    ]);
    expect((await clusters.getCluster({ clusterId: id("c") })).cluster?.authorship).toBeUndefined();
    expect((await queues.getQueue({ id: id("c") })).queue?.authorship).toBeUndefined();
  });

  test("is the application that a token was given to", async () => {
    const oauth = { clientId: "robot", clientSecret: "secret" };
    const { url } = await serve({ oauth, token: "shared" });
    const response = await fetch(`${url}${TOKEN_PATH}`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from("robot:secret").toString("base64")}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    const { access_token: token }: { access_token: string } = JSON.parse(await response.text());
    await connect(url, token).createCluster({ clusterId: id("c"), clusterPoolName: "" });
    expect(authorsOf((await readCluster(url, token))?.authorship)).toEqual(["application robot", "application robot"]);
    await connect(url, "shared").updateClusterState({ clusterId: id("c"), state: 2, expectedGeneration: 1n });
    expect(authorsOf((await readCluster(url, token))?.authorship)).toEqual(["application robot", "embedded user"]);
  });

  test("is who a change past all rules names, else the outside user", async () => {
    const { url, post } = await serve();
    const mutation = { kind: "cluster", name: "c" };
    await post("/mutate", { ...mutation, op: "create", by: "maria@example.com" });
    expect(authorsOf((await readCluster(url))?.authorship)).toEqual(["maria@example.com", "maria@example.com"]);
    await post("/mutate", { ...mutation, op: "set", path: "enabled", value: false });
    expect(authorsOf((await readCluster(url))?.authorship)).toEqual(["maria@example.com", "outside user"]);
  });

  test("is asked for where records tell it, and nowhere else", async () => {
    const { post } = await serve();
    const settings = { op: "create", kind: "settings", name: "", object: { "run.default_queue": "q" } };
    expect((await post("/mutate", { ...settings, by: "maria@example.com" })).status).toBe(400);
    expect((await post("/mutate", settings)).status).toBe(200);
  });

  test("stays as it is when an operator reports and when time passes", async () => {
    const { url, post, model } = await serve();
    await post("/mutate", {
      op: "create",
      kind: "cluster",
      name: "c",
      by: "maria@example.com",
      object: { state: "draining" },
    });
    await connect(url).updateStatus({ clusterId: id("c"), status: { health: 1 } });
    await post("/report", { cluster: "c", operator_cluster_data: {} });
    await post("/apps", { cluster: "c", apps: 0 });
    model.settle();
    const cluster = await readCluster(url);
    expect([cluster?.drainStatus?.overallState, ...authorsOf(cluster?.authorship)]).toEqual([
      3,
      "maria@example.com",
      "maria@example.com",
    ]);
  });
});
