import { expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { queue } from "./manifests.ts";
import { openReceiver } from "./notify/open-receiver.ts";
import {
  type DaemonWorld,
  openDaemonWorld,
  pollOften,
  type RunningDaemon,
  type Settings,
} from "./open-daemon-world.ts";

const AFTER = 3;

/** A daemon, restarted in the middle of a fight over `queue.any`, which it has given up. */
async function openFought(settings: Settings = {}, env: Readonly<Record<string, string>> = {}) {
  const world = await openDaemonWorld();
  Object.assign(world.env, env);
  const all: Settings = { ...settings, drift: { contested_after: AFTER } };
  const first = await world.start(all, pollOften);
  await first.untilApplied(world.first);
  await loseOnce(world, first);
  await first.daemon.stop();
  const daemon = await world.start(all, pollOften);
  for (let fought = 1; fought < AFTER; fought += 1) await loseOnce(world, daemon);
  await change(world);
  await daemon.until(({ status }) => status.reason === "DriftContested");
  return { world, daemon };
}

/** Changes the queue past the repository, and waits until it was set back. */
async function loseOnce(world: DaemonWorld, daemon: RunningDaemon) {
  const findReverted = (passes: Passes) => passes.find(({ outcome }) => outcome.kind === "applied")?.id;
  const before = findReverted((await daemon.target()).passes);
  await change(world);
  // The pass that set it back has ended, and is on record: what is changed from here on is found by another one.
  await daemon.until(({ passes, status }) => status.state === "Synced" && findReverted(passes) !== before);
  expect(runsOf(world)).toBe(1);
}

type Passes = Awaited<ReturnType<RunningDaemon["target"]>>["passes"];

function change(world: DaemonWorld, value = 9) {
  const by = "autoscaler@example.com";
  return world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value, by });
}

function runsOf({ served }: DaemonWorld) {
  return served.model.state.queue.rows.get("any")?.spec.run_concurrency;
}

test("an object that is changed again each time is left alone after so many reverts, also over a restart, and that is told", async () => {
  const receiver = await openReceiver();
  const notifications = [{ name: "chat", type: "webhook", url: { env: "CHAT_URL" } }];
  const { world, daemon } = await openFought({ file: { notifications } }, { CHAT_URL: receiver.url });
  const { id } = (await daemon.target()).last_pass ?? {};
  const { status, contests, drifted, plan } = await daemon.until(({ last_pass }) => last_pass?.id !== id);
  expect([status.state, status.message]).toEqual(["OutOfSync", expect.stringContaining("autoscaler@example.com")]);
  expect([runsOf(world), drifted, plan?.plan.changes.map(({ address }) => address)]).toEqual([
    9,
    ["queue.any"],
    ["queue.any"],
  ]);
  expect(contests).toMatchObject([{ address: "queue.any", changed_by: "autoscaler@example.com" }]);
  expect(contests[0]?.reverted_at).toHaveLength(AFTER);
  expect(await (await fetch(`${daemon.url}/metrics`)).text()).toContain(
    'poolkeeper_contested_objects{target="prod"} 1',
  );
  const told = () =>
    receiver.received.map(({ body }) => JSON.parse(body)).filter(({ event }) => event === "drift_contested");
  await waitFor(
    () => told().length > 0,
    () => receiver.received.map(({ body }) => body).join("\n"),
  );
  expect(told().map(({ details }) => details)).toMatchObject([
    { objects: ["queue.any"], changed_by: ["autoscaler@example.com"] },
  ]);
});

test("an object that is left alone holds no commit, and is released by one that changes it", async () => {
  const { world, daemon } = await openFought();
  await daemon.push({ "queues/other.yaml": queue("other", 3) });
  await daemon.until(() => world.served.model.state.queue.rows.has("other"));
  expect(runsOf(world)).toBe(9);
  const committed = await daemon.push({ "queues/any.yaml": queue("any", 2) });
  expect((await daemon.untilApplied(committed)).contests).toEqual([]);
  expect(runsOf(world)).toBe(2);
});

test("an object that is left alone is released when it is as it should be", async () => {
  const { world, daemon } = await openFought();
  await change(world, 1);
  expect((await daemon.untilState("Synced")).contests).toEqual([]);
});

test("an object that is left alone is set back once its plan is approved so", async () => {
  const { world, daemon } = await openFought();
  await daemon.approve(["drift_contested"]);
  await daemon.until(() => runsOf(world) === 1);
  await daemon.untilState("Synced");
});
