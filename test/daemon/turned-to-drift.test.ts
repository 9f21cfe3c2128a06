/** Commits that send runs to what was changed by hand and takes no work: drift stays, and what is turned to it reaches nothing. */
import { expect, test } from "vitest";
import { cluster, type Files, pool, queue } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "./open-daemon-world.ts";
import { openOtherHands } from "./open-other-hands.ts";

const toQueue = (name: string) => `scope: { domain: development }\nsettings:\n  run.default_queue: ${name}\n`;
const toPool = (name: string) => `project: team1\ndomain: development\nclusterPoolName: ${name}\n`;
const inPool = (name: string, at: string, runs = 1) =>
  queue(name, runs).replace("cluster_pool: pa", `cluster_pool: ${at}`);

/** Runs of development go to c4 and c5 in pa by a queue, those of team1 by a row, too; pb has c3 alone, and pc none. */
const START: Files = {
  ...{ "pools/pa.yaml": pool("pa"), "pools/pb.yaml": pool("pb"), "pools/pc.yaml": pool("pc") },
  ...{ "clusters/c3.yaml": cluster("c3", "pb"), "clusters/c4.yaml": cluster("c4", "pa") },
  ...{
    "clusters/c5.yaml": cluster("c5", "pa"),
    "queues/any.yaml": queue("any", 1),
    "queues/qb.yaml": inPool("qb", "pb"),
  },
  ...{ "settings/dev.yaml": toQueue("any"), "cluster-pool-attributes/team1.yaml": toPool("pa") },
};

const drainCluster = (name: string) => async (world: DaemonWorld) => {
  const { generation } = world.served.model.state.cluster.rows.get(name) ?? {};
  await openOtherHands(world).writer.setClusterState(name, "draining", String(generation));
};
const drainQueue = async (world: DaemonWorld) => {
  const { generation } = world.served.model.state.queue.rows.get("qb") ?? {};
  await openOtherHands(world).writer.setQueueState("qb", "draining", String(generation));
};
/** To the pool without a cluster. */
const moveQueue = async (world: DaemonWorld) => {
  await drainQueue(world);
  world.served.model.settle();
  const { writer } = openOtherHands(world);
  await writer.updateQueue("qb", { cluster_pool: "pc" });
  await writer.setQueueState("qb", "active", String(world.served.model.state.queue.rows.get("qb")?.generation));
};

const BY_QUEUE = "Runs of any project in development would reach no cluster by queues";
const BY_POOL = "Runs of team1/development would reach no cluster by cluster pool attributes";
const MOVED: Files = { "clusters/c5.yaml": cluster("c5", "pc") };

test.each([
  {
    what: "a cluster was drained, its move and settings that follow it",
    by: drainCluster("c5"),
    commit: { ...MOVED, "queues/qc.yaml": inPool("qc", "pc"), "settings/dev.yaml": toQueue("qc") },
    lost: BY_QUEUE,
  },
  {
    what: "a cluster was drained, its move and a row that follows it",
    by: drainCluster("c5"),
    commit: { ...MOVED, "cluster-pool-attributes/team1.yaml": toPool("pc") },
    lost: BY_POOL,
  },
  {
    what: "a queue was drained, a limit of it and settings that are turned to it",
    by: drainQueue,
    commit: { "queues/qb.yaml": inPool("qb", "pb", 7), "settings/dev.yaml": toQueue("qb") },
    lost: BY_QUEUE,
  },
  {
    what: "a queue was moved, a limit of it and settings that are turned to it",
    by: moveQueue,
    commit: { "queues/qb.yaml": inPool("qb", "pb", 7), "settings/dev.yaml": toQueue("qb") },
    lost: BY_QUEUE,
  },
])("where $what are not applied beside that, until it is allowed", async ({ by, commit, lost }) => {
  await expectHeldBack(START, { by, commit, lost });
});

test("where one of two clusters was drained, a limit of it and the move of the other one are not applied either", async () => {
  const { "settings/dev.yaml": _settings, "cluster-pool-attributes/team1.yaml": _row, ...files } = START;
  await expectHeldBack(files, {
    by: drainCluster("c4"),
    commit: { ...MOVED, "clusters/c4.yaml": `${cluster("c4", "pa")}queue: { depth: 7 }\n` },
    lost: "Queue any would have no cluster that takes work: c4 is drained",
  });
});

/** Of what is registered, what each write makes another. */
function describeWritten({ served }: DaemonWorld) {
  const { cluster: clusters, queue: queues, setting } = served.model.state;
  const generations = [...clusters.rows.values(), ...queues.rows.values()].map(({ name, generation }) => [
    name,
    generation,
  ]);
  return [generations, [...setting.rows.values()].map(({ values }) => values)];
}

interface Drifting {
  readonly by: (world: DaemonWorld) => Promise<void>;
  readonly commit: Files;
  readonly lost: string;
}

/** Nothing of the commit is applied until an approval overrides the check. */
async function expectHeldBack(files: Files, { by, commit, lost }: Drifting): Promise<void> {
  const world = await openDaemonWorld(files);
  const control_plane = { scopes: ["development"], flyteadmin: { endpoint: world.served.url } };
  const policy = { auto_apply: "all", max_destroy_share: 1 };
  const daemon = await world.start({ policy, drift: { action: "report" }, control_plane });
  await daemon.untilApplied(world.first);
  await by(world);
  await daemon.reconciled();
  const before = describeWritten(world);
  const pushed = await daemon.push(commit);
  const { status } = await daemon.until(
    ({ last_pass, status }) => last_pass?.revision === pushed && !["OutOfSync", "Progressing"].includes(status.state),
  );
  expect(status).toMatchObject({ reason: "CheckFailed", message: expect.stringContaining(lost) });
  expect(describeWritten(world)).toEqual(before);
  expect(await daemon.approve(["black-hole"])).toMatchObject({ status: 201 });
  await daemon.until(({ applied_revision }) => applied_revision === pushed);
}
