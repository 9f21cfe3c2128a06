import { expect, test } from "vitest";
import { cluster, FILES, type Files, queue } from "./manifests.ts";
import { openDaemonWorld, pollOften } from "./open-daemon-world.ts";

const ON_PB = queue("any", 1, ["c1"]).replace("cluster_pool: pa", "cluster_pool: pb");

/** A queue on c1 alone that a domain's runs go to. */
const PINNED: Files = {
  ...FILES,
  "queues/any.yaml": queue("any", 1, ["c1"]),
  "settings/dev.yaml": "scope: { domain: development }\nsettings:\n  run.default_queue: any\n",
};
const WITH_SCOPE = {
  policy: { auto_apply: "all" },
  drift: { action: "report" },
  control_plane: { scopes: ["development"] },
};

/** A commit that gives up the former one's rollout, what that waits for, and what the check says of it. */
const COMMITS: readonly [string, Files, Files, Files, RegExp][] = [
  [
    "takes out a queue and the settings that send runs there, whose move waits for work",
    PINNED,
    { "clusters/c1.yaml": cluster("c1", "pb"), "queues/any.yaml": ON_PB },
    { "clusters/c1.yaml": null, "queues/any.yaml": null, "settings/dev.yaml": null },
    /Runs of any project in development would reach no cluster/,
  ],
  [
    "sends runs to a queue without clusters, away from one whose move waits for work",
    PINNED,
    { "clusters/c1.yaml": cluster("c1", "pb"), "queues/any.yaml": ON_PB },
    { "settings/dev.yaml": "scope: { domain: development }\nsettings:\n  run.default_queue: default\n" },
    /Runs of any project in development would reach no cluster/,
  ],
];

const isDecided = (state: string) => state !== "OutOfSync" && state !== "Progressing";

test.each(COMMITS)(
  "a commit that %s fails the check, as without the rollout",
  async (_how, files, first, next, words) => {
    const world = await openDaemonWorld(files, "2026-11");
    const daemon = await world.start(WITH_SCOPE, pollOften);
    await daemon.untilApplied(world.first);
    await world.setWork("c1", 1);
    await daemon.untilState("Waiting", await daemon.push(first));
    const revision = await daemon.push(next);
    const { status } = await daemon.until(
      ({ last_pass, status: { state } }) => last_pass?.revision === revision && isDecided(state),
    );
    expect(status).toMatchObject({ reason: "CheckFailed", message: expect.stringMatching(words) });
    expect(status.message).toMatch(/Out of service until then: .*queue\.any/);
  },
);

test("a commit that drains a queue, whose move waits for work, fails the check where settings can't be read, as without the rollout", async () => {
  const world = await openDaemonWorld({ ...FILES, "queues/any.yaml": queue("any", 1, ["c1"]) }, "2026-11");
  const daemon = await world.start(WITH_SCOPE, pollOften);
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 1);
  await daemon.untilState(
    "Waiting",
    await daemon.push({ "clusters/c1.yaml": cluster("c1", "pb"), "queues/any.yaml": ON_PB }),
  );
  await world.fault({ method: "ListProjects", code: "permission_denied", count: 1000 });
  const revision = await daemon.push({ "queues/any.yaml": `${ON_PB}state: drained\n` });
  const { status } = await daemon.until(
    ({ last_pass, status: { state } }) => last_pass?.revision === revision && isDecided(state),
  );
  expect(status).toMatchObject({
    reason: "CheckFailed",
    message: expect.stringContaining("settings that were not read"),
  });
});

test("a move that leaves a queue with drained clusters alone, which is a warning, is one in each of its plans", async () => {
  const files = {
    ...FILES,
    "clusters/c2.yaml": `${FILES["clusters/c2.yaml"]}state: drained\n`,
    "settings/dev.yaml": "scope: { domain: development }\nsettings:\n  run.default_queue: any\n",
  };
  const world = await openDaemonWorld(files, "2026-11");
  const daemon = await world.start(WITH_SCOPE, pollOften);
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 1);
  const revision = await daemon.push({ "clusters/c1.yaml": cluster("c1", "pb") });
  const { last_pass: first } = await daemon.untilState("Waiting", revision);
  await daemon.until(({ last_pass }) => last_pass !== null && last_pass.started_at > (first?.started_at ?? ""));
  await world.setWork("c1", 0);
  await daemon.untilApplied(revision);
});

/** c2 stays in pool pa, c1 is to move to pb and has work; pool default has no cluster. */
const TWO: Files = {
  ...FILES,
  "clusters/c2.yaml": cluster("c2", "pa"),
  "clusters/c3.yaml": cluster("c3", "pb"),
};
const MOVE: Files = { "clusters/c1.yaml": cluster("c1", "pb") };
const DEV = "settings/dev.yaml";
const dev = (name: string) => `scope: { domain: development }\nsettings:\n  run.default_queue: ${name}\n`;
const ROW = "cluster-pool-attributes/team1.yaml";
const row = (value: string) => `project: team1\ndomain: development\nclusterPoolName: ${value}\n`;

async function openTwo(files: Files) {
  const world = await openDaemonWorld({ ...TWO, ...files }, "2026-11");
  const flyteadmin = { endpoint: world.served.url };
  const control_plane = { ...WITH_SCOPE.control_plane, flyteadmin };
  const daemon = await world.start({ ...WITH_SCOPE, control_plane }, pollOften);
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 1);
  return { world, daemon };
}

test.each([
  ["settings", { [DEV]: dev("any") }],
  ["a row", { [ROW]: row("pb") }],
] as const)(
  "a commit that gives up a rollout takes back %s that it has brought, and what it has drained, though runs reached nothing before",
  async (_what, brought) => {
    const { world, daemon } = await openTwo({});
    await daemon.untilState("Waiting", await daemon.push({ ...brought, ...MOVE }));
    const gone = Object.fromEntries(Object.keys(brought).map((path) => [path, null]));
    await daemon.untilApplied(await daemon.push({ ...gone, "clusters/c1.yaml": cluster("c1", "pa") }));
    expect(world.served.model.state.cluster.rows.get("c1")).toMatchObject({ pool: "pa", state: "active" });
  },
);

test("a commit that is accepted as a whole goes on while it waits: runs that were refused before it have lost nothing", async () => {
  const drained = `${queue("late", 1)}state: drained\n`;
  const { world, daemon } = await openTwo({ "queues/late.yaml": drained, [DEV]: dev("late") });
  const revision = await daemon.push({ "queues/late.yaml": queue("late", 1), [DEV]: null, ...MOVE });
  await daemon.untilState("Waiting", revision);
  expect((await daemon.reconciled()).status.state).toBe("Waiting");
  await world.setWork("c1", 0);
  await daemon.untilApplied(revision);
});
