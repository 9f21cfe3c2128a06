/**
 * Nobody means harm here: somebody pushes the folder of another environment to the branch of production, or points its path there. What of
 * that is harmless by itself (to create objects, to change the organization's settings) may run without an approval; what is not waits
 * for one. Nothing of such a revision is carried out before somebody has overridden what the plan shows.
 */
import { describe, expect, test } from "vitest";
import { cluster, type Files, pool, queue } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld, type RunningDaemon } from "../daemon/open-daemon-world.ts";
import { readWrites } from "../daemon/read-writes.ts";

const POLICY = { auto_apply: "update", max_destroy_share: 0.3 };

/** So many clusters and queues in two pools, each with a name that begins with that of the environment. */
function folderOf(environment: string, size: number): Files {
  const [one, other] = [`${environment}-a`, `${environment}-b`];
  const names = Array.from({ length: size }, (_, index) => `${environment}-${index}`);
  const queueOf = (name: string) => queue(`${name}-q`, 1).replace("cluster_pool: pa", `cluster_pool: ${one}`);
  return {
    [`pools/${one}.yaml`]: pool(one),
    [`pools/${other}.yaml`]: pool(other),
    ...Object.fromEntries(names.map((name) => [`clusters/${name}.yaml`, cluster(name, one)])),
    ...Object.fromEntries(names.map((name) => [`queues/${name}-q.yaml`, queueOf(name)])),
    "settings/org.yaml": `run.default_queue: ${environment}-0-q\n`,
  };
}

/** What makes a folder another one. */
const replaced = (before: Files, after: Files): Files => ({
  ...Object.fromEntries(Object.keys(before).map((path) => [path, null])),
  ...after,
});

interface Production {
  readonly world: DaemonWorld & { readonly first: string };
  readonly daemon: RunningDaemon;
}

async function openProduction(files: Files): Promise<Production> {
  const world = await openDaemonWorld(files);
  const daemon = await world.start({ policy: POLICY });
  await daemon.untilApplied(world.first);
  return { world, daemon };
}

describe.each([
  ["large", 8],
  ["small", 2],
])("another environment's folder that is pushed to a %s production", (_name, size) => {
  test("writes nothing, and an approval is refused that overrides no check", async () => {
    const production = folderOf("prod", size);
    const { world, daemon } = await openProduction(production);
    const before = world.served.model.journal.length;
    const pushed = await daemon.push(replaced(production, folderOf("staging", size)));
    const { status } = await daemon.untilState("Failed", pushed);
    expect(status.reason).toBe("CheckFailed");
    await daemon.reconciled();
    const refused = await daemon.approve();
    expect(refused).toMatchObject({ status: 409, body: { error: { code: "needs_override" } } });
    expect(JSON.stringify(refused.body)).toContain("max-disruption-share");
    expect(readWrites(world.served.model, before)).toEqual([]);
    // The way back is the branch's own.
    await daemon.untilApplied(await daemon.push(replaced(folderOf("staging", size), production)));
    expect(readWrites(world.served.model, before)).toEqual([]);
  });
});

describe("a push that deletes too much", () => {
  test("does not create what it adds either", async () => {
    const production = folderOf("prod", 8);
    const { world, daemon } = await openProduction(production);
    const before = world.served.model.journal.length;
    const gone = [0, 1, 2, 3, 4, 5].map((index) => [`queues/prod-${index}-q.yaml`, null]);
    const added = { "settings/org.yaml": "run.default_queue: prod-7-q\n", "pools/new.yaml": pool("new") };
    const pushed = await daemon.push({ ...Object.fromEntries(gone), ...added });
    await daemon.untilState("Failed", pushed);
    expect(readWrites(world.served.model, before)).toEqual([]);
    expect((await daemon.approve(["max-disruption-share"])).status).toBe(201);
    await daemon.untilApplied(pushed);
  });
});

describe("the way back to an earlier revision", () => {
  test("is measured by all that is managed, not only by what came since", async () => {
    const { world, daemon } = await openProduction(folderOf("prod", 8));
    const more = Object.fromEntries(
      ["x", "y", "z"].map((name) => [
        `queues/${name}.yaml`,
        queue(name, 1).replace("cluster_pool: pa", "cluster_pool: prod-a"),
      ]),
    );
    await daemon.untilApplied(await daemon.push(more));
    expect((await daemon.send("/targets/prod/reconcile", { revision: world.first })).status).toBeLessThan(300);
    const { last_pass } = await daemon.untilState("AwaitingApproval", world.first);
    expect(last_pass?.outcome).toMatchObject({ kind: "held" });
  });
});
