import { describe, expect, test } from "vitest";
import { useRealClient } from "./open-world.ts";

/** The documented calls that create and show pools and clusters. */
const INSPECT = `
from flyteplugins.union.remote import Cluster, ClusterPool

ClusterPool.create(
    "prod",
    object_store_uri="s3://my-prod-bucket/prefix",
    secret_store_type="AWS_SECRETS_MANAGER",
    secret_store_locator="us-east-1",
    image_registry="123456789012.dkr.ecr.us-east-1.amazonaws.com/union",
)
Cluster.create("my-cluster")
Cluster.create("prod-us-east-1", cluster_pool_name="prod")

def pools_of(cluster):
    return cluster.pools if hasattr(cluster, "pools") else [cluster.pool]

pool = ClusterPool.get("prod")
cluster = Cluster.get("prod-us-east-1")
print(json.dumps({
    "pools": [[p.name, p.member_clusters, p.object_store_uri, p.secret_store_type] for p in ClusterPool.listall(limit=100)],
    "clusters": [[c.name, pools_of(c), c.state, c.health, c.capacity] for c in Cluster.listall(limit=100)],
    "pool": [pool.name, pool.member_clusters, pool.object_store_uri, pool.secret_store_type, pool.image_registry],
    "cluster": [cluster.name, pools_of(cluster), [queue["name"] for queue in cluster.queues], cluster.config_drift],
}))
`;

/** The documented calls that delete, in an organization where they may. */
const DELETE = `
from flyteplugins.union.remote import Cluster, ClusterPool

ClusterPool.create("empty", object_store_uri="s3://empty", secret_store_type="VAULT")
ClusterPool.delete("empty")
Cluster.create("my-cluster")
Cluster.delete("my-cluster")
print(json.dumps([[c.name for c in Cluster.listall()], [p.name for p in ClusterPool.listall()]]))
`;

describe.each(["2026-07", "2026-11"] as const)("the Python objects of the client of %s", (generation) => {
  const open = useRealClient(generation);

  test("what the documented calls create is what they show and what is stored", async () => {
    const world = await open();
    const uri = "s3://my-prod-bucket/prefix";
    const registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com/union";
    expect(await world.python(INSPECT)).toEqual({
      pools: [
        ["default", ["my-cluster"], "s3://acme-default-metadata", "KUBERNETES"],
        ["prod", ["prod-us-east-1"], uri, "AWS_SECRETS_MANAGER"],
      ],
      clusters: [
        ["my-cluster", ["default"], "enabled", "unknown", ""],
        ["prod-us-east-1", ["prod"], "enabled", "unknown", ""],
      ],
      pool: ["prod", ["prod-us-east-1"], uri, "AWS_SECRETS_MANAGER", registry],
      cluster: ["prod-us-east-1", ["prod"], ["prod-us-east-1"], true],
    });
    expect(world.stored()).toMatchObject({
      cluster_pools: [
        { name: "default" },
        {
          name: "prod",
          config: {
            object_store_ref: { uri },
            secret_store: { type: "AWS_SECRETS_MANAGER", locator: "us-east-1" },
            image_registry: { locator: registry },
          },
        },
      ],
      clusters: [
        { name: "my-cluster", pool: "default" },
        { name: "prod-us-east-1", pool: "prod" },
      ],
    });
  });

  test("what the documented calls delete is gone from the lists", async () => {
    const world = await open();
    expect(await world.python(DELETE)).toEqual([[], ["default"]]);
  });

  test("lists are read past the end of a page", async () => {
    const world = await open();
    const names = Array.from({ length: 120 }, (_, index) => `c${String(index).padStart(3, "0")}`);
    const script = `
from flyteplugins.union.remote import Cluster, ClusterPool
ClusterPool.create("many", object_store_uri="s3://many", secret_store_type="VAULT", member_clusters=${JSON.stringify(names)})
print(json.dumps([c.name for c in Cluster.listall(limit=1000)]))`;
    expect(await world.python(script)).toEqual(names);
  });
});
