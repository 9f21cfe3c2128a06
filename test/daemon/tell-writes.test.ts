import { renameSync } from "node:fs";
import { expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { cluster, FILES, type Files, queue } from "./manifests.ts";
import { answerWith, openReceiver, type Receiver } from "./notify/open-receiver.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { startProcess } from "./start-process.ts";

interface Told {
  readonly previous_seq: number | null;
  readonly last_seq: number;
  readonly changes: readonly { readonly seq: number; readonly object: string; readonly after: unknown }[];
}

const readReported = ({ received }: Receiver): readonly Told[] =>
  received.map(({ body }) => JSON.parse(body)).flatMap(({ event, details }) => (event === "changed" ? [details] : []));

async function openTold() {
  const receiver = await openReceiver();
  const world = await openDaemonWorld();
  Object.assign(world.env, { LOG_URL: receiver.url });
  const notifications = [{ name: "log", type: "webhook", url: { env: "LOG_URL" }, events: ["changed"] }];
  const settings = { file: { notifications } };
  const untilTold = async (object: string, after: object) => {
    const find = () =>
      readReported(receiver)
        .flatMap(({ changes }) => changes)
        .find(
          (change) =>
            change.object === object && JSON.stringify(change.after).includes(JSON.stringify(after).slice(1, -1)),
        );
    await waitFor(
      () => find() !== undefined,
      () => JSON.stringify(readReported(receiver)),
    );
    return find();
  };
  return { receiver, world, settings, untilTold };
}

test("a receiver that asks for it is told of every write, with what it was and who decided, without a gap over a restart", async () => {
  const { receiver, world, settings, untilTold } = await openTold();
  const first = await world.start(settings);
  await first.untilApplied(world.first);
  await untilTold("queue.any", { run_concurrency: 1 });
  await first.daemon.stop();
  const second = await world.start(settings);
  const pushed = await second.push({ "queues/any.yaml": queue("any", 2) });
  await second.untilApplied(pushed);
  expect(await untilTold("queue.any", { run_concurrency: 2 })).toMatchObject({
    ...{ address: "queue.any", op: "update", revision: pushed, decided_by: "auto_apply", by: "poolkeeper" },
    ...{
      before: { run_concurrency: 1 },
      via: "daemon",
      result: "confirmed",
      plan: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  });
  const told = readReported(receiver).toSorted((one, other) => one.last_seq - other.last_seq);
  expect(told.map(({ previous_seq }) => previous_seq)).toEqual([
    null,
    ...told.slice(0, -1).map(({ last_seq }) => last_seq),
  ]);
  const seqs = told.flatMap(({ changes }) => changes.map(({ seq }) => seq));
  expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
});

test.each(["folder", "branch"] as const)(
  "what was told is not told again where the target gets another %s, nor where it gets its former one back",
  async (what) => {
    const { receiver, world, settings, untilTold } = await openTold();
    const one = await world.start(settings);
    await one.untilApplied(world.first);
    await untilTold("queue.any", { run_concurrency: 1 });
    await one.daemon.stop();
    const [below, branch] = what === "folder" ? ["moved/", "main"] : ["", "moved"];
    const push = (files: Files) =>
      world.repository.push(Object.fromEntries(Object.entries(files).map(([path, text]) => [below + path, text])), {
        branch,
      });
    const other = push(FILES);
    const two = await world.start({ ...settings, repository: what === "folder" ? { path: "moved" } : { branch } });
    await two.untilApplied(other);
    await two.untilApplied(push({ "queues/any.yaml": queue("any", 2) }));
    await untilTold("queue.any", { run_concurrency: 2 });
    await two.daemon.stop();
    if (what === "folder") push(Object.fromEntries(Object.keys(FILES).map((path) => [path, null])));
    const three = await world.start(settings);
    await three.untilApplied(await three.push({ "queues/any.yaml": queue("any", 3) }));
    await untilTold("queue.any", { run_concurrency: 3 });
    const seqs = readReported(receiver).flatMap(({ changes }) => changes.map(({ seq }) => seq));
    expect(seqs.toSorted((left, right) => left - right)).toEqual(seqs.map((_seq, index) => index + 1));
  },
);

test("whoever does not ask for it is not told", async () => {
  const { receiver, world } = await openTold();
  const notifications = [{ name: "all", type: "webhook", url: { env: "LOG_URL" } }];
  const daemon = await world.start({ file: { notifications } });
  await daemon.untilApplied(world.first);
  await waitFor(
    () => receiver.received.length > 0,
    () => "nothing was received",
  );
  expect(readReported(receiver)).toEqual([]);
});

test.each([
  ["CreateCluster", { add: 1, change: 0, replace: 0, destroy: 0 }],
  ["DeleteCluster", { add: 0, change: 0, replace: 0, destroy: 1 }],
])(
  "what a pass has carried out that is killed in %s is told as applied once, by the next one",
  async (method, done) => {
    const { receiver, world } = await openTold();
    const notifications = [{ name: "all", type: "webhook", url: { env: "LOG_URL" }, events: ["applied"] }];
    const file = world.write({ policy: { max_destroy_share: 1 }, file: { notifications } });
    const first = await startProcess(world, file);
    await first.untilApplied(world.first);
    const isDelete = method === "DeleteCluster";
    if (isDelete) await first.untilApplied(world.repository.push({ "clusters/c4.yaml": cluster("c4", "pa") }));
    const last = await world.hold({ method, answer: true });
    const commit = world.repository.push({ "clusters/c4.yaml": isDelete ? null : cluster("c4", "pa") });
    if (isDelete) {
      await first.untilState("AwaitingApproval", commit);
      expect((await first.approve()).status).toBe(201);
    }
    await last.arrived();
    first.kill("SIGKILL");
    await first.ended;
    const second = await startProcess(world, file);
    await second.untilApplied(commit);
    const read = () =>
      receiver.received
        .map(({ body }) => JSON.parse(body))
        .filter(({ revision, details }) => revision === commit && details.objects.includes("cluster.c4"));
    await waitFor(
      () => read().length > 0,
      () => JSON.stringify(receiver.received),
    );
    expect(read()).toMatchObject([
      { event: "applied", details: { done, approval: isDelete ? expect.any(String) : null } },
    ]);
  },
);

test.each([[["production"]], [["between", "production"]]])(
  "what a pass has carried out that is killed is told as applied once where the target is then called %s",
  async (names) => {
    const { receiver, world } = await openTold();
    const notifications = [{ name: "all", type: "webhook", url: { env: "LOG_URL" }, events: ["applied", "changed"] }];
    const settings = (name: string) => ({ target: { name }, file: { notifications } });
    const first = await startProcess(world, world.write(settings("prod")));
    await first.untilApplied(world.first);
    const last = await world.hold({ method: "CreateCluster", answer: true });
    const commit = world.repository.push({ "clusters/c4.yaml": cluster("c4", "pa") });
    await last.arrived();
    first.kill("SIGKILL");
    await first.ended;
    renameSync(world.repository.folder, `${world.repository.folder}.away`);
    for (const name of names.slice(0, -1)) {
      const between = await world.start(settings(name));
      await between.until(({ last_pass }) => last_pass !== null, name);
      await between.daemon.stop();
    }
    renameSync(`${world.repository.folder}.away`, world.repository.folder);
    const second = await world.start(settings("production"));
    await second.until(({ applied_revision }) => applied_revision === commit, "production");
    await second.reconciled("production");
    const pushed = await second.push({ "queues/any.yaml": queue("any", 3) });
    const told = () => receiver.received.map(({ body }) => JSON.parse(body));
    await waitFor(
      () => told().some(({ revision, event }) => revision === pushed && event === "applied"),
      () => JSON.stringify(told()),
    );
    expect(told().filter(({ revision, event }) => revision === commit && event === "applied")).toMatchObject([
      { target: "production", details: { done: { add: 1 }, objects: ["cluster.c4"] } },
    ]);
    const changes = readReported(receiver).flatMap((message) => message.changes);
    expect(changes.filter(({ object }) => object === "cluster.c4")).toHaveLength(1);
  },
);

test("what a pass has carried out that is ended early by a pause is told as applied", async () => {
  const { receiver, world } = await openTold();
  const notifications = [{ name: "all", type: "webhook", url: { env: "LOG_URL" }, events: ["applied"] }];
  const daemon = await world.start({ file: { notifications } });
  await daemon.untilApplied(world.first);
  const create = await world.hold({ method: "CreateCluster", answer: true });
  const commit = world.repository.push({
    "clusters/c4.yaml": cluster("c4", "pa"),
    "queues/late.yaml": queue("late", 1, ["c4"]),
  });
  await create.arrived();
  expect((await daemon.send("/targets/prod/pause", { reason: "stop" })).status).toBe(201);
  await create.release();
  await daemon.untilState("Paused", commit);
  const read = () =>
    receiver.received.map(({ body }) => JSON.parse(body)).filter(({ revision }) => revision === commit);
  await waitFor(
    () => read().length > 0,
    () => JSON.stringify(receiver.received),
  );
  expect(read()).toMatchObject([{ event: "applied", details: { objects: ["cluster.c4"], done: { add: 1 } } }]);
  await daemon.send("/targets/prod/resume", {});
  await daemon.untilApplied(commit);
  await waitFor(
    () => read().length > 1,
    () => JSON.stringify(receiver.received),
  );
  expect(read()[1]).toMatchObject({ event: "applied", details: { objects: ["queue.late"] } });
});

test("a message whose sender is killed is sent again as soon as the daemon is back", async () => {
  const { receiver, world } = await openTold();
  const notifications = [{ name: "all", type: "webhook", url: { env: "LOG_URL" }, events: ["applied"] }];
  const file = world.write({ file: { notifications } });
  // Nobody answers.
  receiver.behave(() => {});
  const first = await startProcess(world, file);
  const arrived = (count: number) =>
    waitFor(
      () => receiver.received.length === count,
      () => JSON.stringify(receiver.received),
    );
  await arrived(1);
  first.kill("SIGKILL");
  await first.ended;
  receiver.behave(answerWith(200));
  await startProcess(world, file);
  await arrived(2);
  const ids = receiver.received.map(({ body }) => JSON.parse(body).id);
  expect(ids[1]).toBe(ids[0]);
});

test("a message that is being sent when the daemon ends is taken as sent, and the next daemon has no other one to wait for", async () => {
  const { receiver, world } = await openTold();
  const notifications = [{ name: "all", type: "webhook", url: { env: "LOG_URL" }, events: ["applied", "changed"] }];
  const settings = { file: { notifications } };
  const arrived = Promise.withResolvers<() => void>();
  receiver.behave((answer) => arrived.resolve(() => answer.end()));
  const first = await world.start(settings);
  const answer = await arrived.promise;
  const stopped = first.daemon.stop();
  await waitFor(
    () =>
      fetch(first.url).then(
        () => false,
        () => true,
      ),
    () => "The daemon still answers.",
  );
  receiver.behave(answerWith(200));
  answer();
  await stopped;
  expect(world.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  await world.start(settings);
  await waitFor(
    () => receiver.received.length === 2,
    () => JSON.stringify(receiver.received),
  );
  const told = receiver.received.map(({ body }) => JSON.parse(body));
  expect(new Set(told.map(({ event }) => event))).toEqual(new Set(["applied", "changed"]));
});

test("drift that a killed pass has set back is told with the next one, and its end", async () => {
  const { receiver, world } = await openTold();
  const events = ["drift_found", "drift_gone"];
  const file = world.write({
    file: { notifications: [{ name: "all", type: "webhook", url: { env: "LOG_URL" }, events }] },
  });
  const first = await startProcess(world, file);
  await first.untilApplied(world.first);
  const back = await world.hold({ method: "UpdateQueue", answer: true });
  await world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value: 9 });
  await first.send("/targets/prod/reconcile", {});
  await back.arrived();
  first.kill("SIGKILL");
  await first.ended;
  await startProcess(world, file);
  const told = () => receiver.received.map(({ body }) => JSON.parse(body));
  await waitFor(
    () => told().some(({ event }) => event === "drift_gone"),
    () => JSON.stringify(told()),
  );
  expect(told()).toMatchObject([
    { event: "drift_found", details: { objects: ["queue.any"], set_back: ["queue.any"] } },
    { event: "drift_gone", details: { since: told()[0]?.details.since } },
  ]);
});
