import { describe, expect, test } from "vitest";
import { useRealClient } from "./open-world.ts";
import { printedPool } from "./printed-records.ts";

const PROD = "create cluster-pool prod --file prod.yaml";
const DEV = "create cluster-pool dev --file dev.yaml";

describe.each(["2026-07", "2026-11"] as const)("cluster pools with the client of %s", (generation) => {
  const open = useRealClient(generation);

  test("a pool created from the documented file is stored as the file says", async () => {
    const world = await open();
    expect(await world.flyte(PROD)).toEqual({ code: 0, text: "✓ Successfully created cluster pool: prod" });
    expect(world.stored().cluster_pools[1]).toMatchObject({
      name: "prod",
      config: {
        object_store_ref: { uri: "s3://my-prod-bucket/prefix", endpoint: "" },
        secret_store: { type: "AWS_SECRETS_MANAGER", locator: "us-east-1" },
        image_registry: { locator: "123456789012.dkr.ecr.us-east-1.amazonaws.com/union" },
      },
    });
  });

  test("a pool's file may name members, which are registered with it", async () => {
    const world = await open();
    await world.given(DEV);
    const { cluster_pools, clusters, queues } = world.stored();
    expect(cluster_pools[1]).toMatchObject({
      name: "dev",
      member_clusters: ["dev-1"],
      config: { object_store_ref: { endpoint: "https://storage.example.com" }, image_registry: null },
    });
    expect(clusters).toMatchObject([{ name: "dev-1", pool: "dev" }]);
    expect(queues.map((queue) => queue.name)).toEqual(["default", "dev-1"]);
  });

  test("a pool created in an editor has what was changed there and the template's rest", async () => {
    const world = await open();
    const edit = ["s,s3://my-bucket/prefix,s3://edited-bucket,", "s/AWS_SECRETS_MANAGER/VAULT/"];
    const printed = await world.flyte("create cluster-pool edited --edit", { edit });
    expect(printed).toEqual({ code: 0, text: "✓ Successfully created cluster pool: edited" });
    expect(world.stored().cluster_pools[1]).toMatchObject({
      name: "edited",
      config: {
        object_store_ref: { uri: "s3://edited-bucket" },
        secret_store: { type: "VAULT" },
        image_registry: null,
      },
    });
  });

  test("all pools, and one, are shown as stored", async () => {
    const world = await open();
    await world.given(PROD, DEV, "create cluster c1 --pool prod", "create cluster c2 --pool prod");
    const expected = world.stored().cluster_pools.map((pool) => printedPool(generation, pool));
    expect(await world.list("get cluster-pool")).toEqual(expected);
    expect(await world.list("get cluster-pool dev")).toEqual(expected.slice(1, 2));
    const { text } = await world.flyte("get cluster-pool");
    expect(text).toContain("default — s3://acme-default-metadata KUBERNETES —");
    expect(text).toContain("prod c1, c2 s3://my-prod-bucket/prefix AWS_SECRETS_MANAGER 123456789012.dkr.ecr");
  });

  test("one pool is shown with its members and its contract", async () => {
    const world = await open();
    await world.given(PROD, "create cluster c1 --pool prod");
    const { code, text } = await world.flyte("get cluster-pool prod");
    expect(code).toBe(0);
    expect(text.split("\n")).toEqual(
      expect.arrayContaining([
        "name prod",
        "organization acme",
        "clusters c1",
        "object store s3://my-prod-bucket/prefix",
        "secret store AWS_SECRETS_MANAGER",
        "secret store locator us-east-1",
        "image registry 123456789012.dkr.ecr.us-east-1.amazonaws.com/union",
      ]),
    );
  });

  test("an edited pool has the new contract, and a member that declares the old one turns unhealthy", async () => {
    const world = await open();
    const operator_cluster_data = {
      object_store_ref: { uri: "s3://my-prod-bucket/prefix" },
      secret_store: { type: "AWS_SECRETS_MANAGER", locator: "us-east-1" },
      image_registry: { locator: "123456789012.dkr.ecr.us-east-1.amazonaws.com/union" },
    };
    await world.given(PROD, "create cluster c1 --pool prod", ["/report", { cluster: "c1", operator_cluster_data }]);
    expect((await world.flyte("get cluster c1")).text).toContain("🟢 healthy");
    await world.flyte("update cluster-pool prod", { edit: ["s,s3://my-prod-bucket/prefix,s3://moved,"] });
    expect(world.stored().cluster_pools[1]).toMatchObject({
      member_clusters: ["c1"],
      config: {
        object_store_ref: { uri: "s3://moved" },
        image_registry: { locator: "123456789012.dkr.ecr.us-east-1.amazonaws.com/union" },
      },
    });
    expect((await world.flyte("get cluster c1")).text).toMatch(/🔴 unhealthy\nunhealthy reasons .*s3:\/\/moved/);
  });

  test("a member added in the editor is registered, and one taken out stays", async () => {
    const world = await open();
    await world.given(DEV);
    await world.flyte("update cluster-pool dev", { edit: ["s/^\\( *\\)- dev-1/\\1- dev-2/"] });
    expect(world.stored().cluster_pools[1]).toMatchObject({ member_clusters: ["dev-1", "dev-2"] });
  });

  test("a pool whose editor is closed unsaved is not written", async () => {
    const world = await open();
    await world.given(PROD);
    const writes = world.journal().length;
    const printed = await world.flyte("update cluster-pool prod", { edit: [] });
    expect(printed).toEqual({ code: 0, text: "Edit cancelled, cluster pool not modified." });
    expect(world.journal().length).toBe(writes);
  });

  test("a pool without members or queues is deleted, with the prompt or without", async () => {
    const world = await open();
    await world.given(PROD);
    const asked = await world.flyte("delete cluster-pool prod", { input: "y\n" });
    expect(asked).toMatchObject({ code: 0, text: expect.stringContaining("Successfully deleted cluster pool: prod") });
    await world.given("create cluster-pool prod-twin --file prod-twin.yaml", "delete cluster-pool prod-twin --yes");
    expect(await world.list("get cluster-pool")).toMatchObject([{ id: { name: "default" } }]);
    const left = world.stored().cluster_pools.filter((pool) => pool.deleted_at === null);
    expect(left.map((pool) => pool.name)).toEqual(["default"]);
  });
});

describe("soft deletion of cluster pools with the client of 2026-11", () => {
  const open = useRealClient("2026-11");

  test("a deleted pool is listed with --deleted alone, and restored with its contract", async () => {
    const world = await open();
    await world.given(PROD, "delete cluster-pool prod --yes");
    expect((await world.flyte("get cluster-pool")).text).not.toContain("my-prod-bucket");
    expect((await world.flyte("get cluster-pool --deleted")).text).toContain("prod");
    expect(await world.list("get cluster-pool --deleted")).toMatchObject([{ id: { name: "prod" } }]);
    const deleted = world.stored().cluster_pools[1];
    expect(await world.flyte("undelete cluster-pool prod")).toMatchObject({
      code: 0,
      text: expect.stringContaining("✓ Successfully restored cluster pool: prod"),
    });
    expect(world.stored().cluster_pools[1]).toEqual({ ...deleted, deleted_at: null, updated_at: expect.any(Number) });
  });

  test("--limit is the most pools that are shown", async () => {
    const world = await open();
    await world.given(PROD, DEV);
    expect(await world.list("get cluster-pool --limit 2")).toMatchObject([
      { id: { name: "default" } },
      { id: { name: "dev" } },
    ]);
  });
});
