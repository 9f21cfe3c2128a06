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
