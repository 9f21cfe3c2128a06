import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open-store.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { FILES, MOVE, queue } from "./manifests.ts";
import { openReceiver } from "./notify/open-receiver.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { startProcess } from "./start-process.ts";

const NONE = { add: 0, change: 0, replace: 0, destroy: 0 };

/** A world whose receiver hears what was applied, and what it heard of a commit. */
async function openTold(generation: "2026-07" | "2026-11") {
  const receiver = await openReceiver();
  const world = await openDaemonWorld(FILES, generation);
  Object.assign(world.env, { LOG_URL: receiver.url });
  const notifications = [{ name: "all", type: "webhook", url: { env: "LOG_URL" }, events: ["applied"] }];
  const readTold = (commit: string) =>
    receiver.received.map(({ body }) => JSON.parse(body)).filter(({ revision }) => revision === commit);
  const untilTold = async (commit: string, count: number) => {
    await waitFor(
      () => readTold(commit).length >= count,
      () => JSON.stringify(receiver.received),
    );
    return readTold(commit);
  };
  return { world, settings: { policy: { auto_apply: "update" }, file: { notifications } }, readTold, untilTold };
}

test.each([
  ["2026-11", "Out of service until it continues: cluster.c1", "1 changed"],
  [
    "2026-07",
    "For cluster.c1: registration c1-pb was made, queue.any was updated.",
    "For cluster.c1: registration c1-pb was deleted.",
  ],
] as const)(
  "what a pass has begun that waits for work is told with its approval, once, and so is what a revert takes back: %s",
  async (generation, begun, takenBack) => {
    const { world, settings, readTold, untilTold } = await openTold(generation);
    const daemon = await world.start(settings);
    await daemon.untilApplied(world.first);
    await world.setWork("c1", 1);
    const moved = await daemon.push(MOVE);
    await daemon.untilState("AwaitingApproval", moved);
    expect((await daemon.approve()).status).toBe(201);
    const { last_pass: first } = await daemon.untilState("Waiting", moved);
    await daemon.until(({ last_pass: pass }) => pass?.outcome.kind === "waiting" && pass.id !== first?.id);
    const [told] = await untilTold(moved, 1);
    expect(told.details).toMatchObject({
      done: NONE,
      begun: ["cluster.c1"],
      approved_by: "approve",
      approval: expect.any(String),
    });
    expect(told.title).toContain("1 begun");
    expect(told.text).toContain(begun);
    const reverted = await daemon.push(FILES);
    if (generation === "2026-07") {
      await daemon.untilState("AwaitingApproval", reverted);
      expect((await daemon.approve()).status).toBe(201);
      await world.setWork("c1", 0);
    }
    await daemon.untilApplied(reverted);
    const find = () => readTold(reverted).find(({ text }) => text.includes(takenBack));
    await waitFor(
      () => find() !== undefined,
      () => JSON.stringify(readTold(reverted)),
    );
    expect(find().details).toMatchObject({ begun: [], left_drained: [] });
    expect(readTold(moved)).toHaveLength(1);
  },
);

test("what a killed pass has begun is told by the next one, under the approval that it had, also where that reverts it", async () => {
  const { world, settings, untilTold } = await openTold("2026-11");
  const file = world.write(settings);
  const first = await startProcess(world, file);
  await first.untilApplied(world.first);
  await world.setWork("c1", 1);
  const moved = world.repository.push(MOVE);
  await first.untilState("AwaitingApproval", moved);
  const drain = await world.hold({ method: "UpdateClusterState", answer: true });
  expect((await first.approve()).status).toBe(201);
  await drain.arrived();
  first.kill("SIGKILL");
  await first.ended;
  const reverted = world.repository.push(FILES);
  await drain.release();
  const second = await startProcess(world, file);
  await second.untilApplied(reverted);
  const [told] = await untilTold(moved, 1);
  expect(told).toMatchObject({
    event: "applied",
    details: { done: NONE, begun: ["cluster.c1"], approved_by: "approve", approval: expect.any(String) },
  });
});

test("what a killed pass has carried out is told as done by the next one, also where a newer commit changes it again", async () => {
  const { world, settings, untilTold } = await openTold("2026-11");
  const file = world.write({ ...settings, policy: { auto_apply: "all" } });
  const first = await startProcess(world, file);
  await first.untilApplied(world.first);
  await world.setWork("c1", 1);
  const drain = await world.hold({ method: "UpdateClusterState", answer: true });
  const updated = await world.hold({ method: "UpdateQueue", answer: true });
  const pushed = world.repository.push({ ...MOVE, "queues/any.yaml": queue("any", 2) });
  await Promise.all([drain.arrived(), updated.arrived()]);
  await updated.release();
  const store = await openStore(join(world.folder, "data"), {
    ...{ org: "acme", endpoint: world.served.url, flyteadmin: null, delivery: null },
  });
  onTestFinished(() => store.close());
  const readOpen = async () => (await store.readOwnWrites()).map(({ address }) => address);
  await waitFor(
    async () => (await readOpen()).join() === "cluster.c1",
    () => "queue.any is not on record as applied",
  );
  first.kill("SIGKILL");
  await first.ended;
  const again = world.repository.push({ "queues/any.yaml": queue("any", 3) });
  await drain.release();
  await world.setWork("c1", 0);
  await (await startProcess(world, file)).untilApplied(again);
  expect(await untilTold(pushed, 1)).toMatchObject([
    {
      event: "applied",
      details: { done: { ...NONE, change: 1 }, objects: ["cluster.c1", "queue.any"], begun: ["cluster.c1"] },
    },
  ]);
});

/** Lets commands have written so much beside that the next report is full. */
function writeByCommands(file: string, count: number): void {
  const database = new DatabaseSync(file);
  const last =
    database.prepare("select * from change_entry where seq is not null order by seq desc limit 1").get() ?? {};
  const columns = Object.keys(last);
  const insert = database.prepare(
    `insert into change_entry (${columns.map((name) => `"${name}"`).join()}) values (${columns.map(() => "?").join()})`,
  );
  database.exec("begin immediate");
  for (let index = 1; index <= count; index += 1) {
    const entry = { ...last, id: `command-${index}`, seq: Number(last.seq) + index, target: null, via: "cli" };
    insert.run(...Object.values(entry));
  }
  database.prepare("update change_count set last = last + ? where org = ?").run(count, "acme");
  database.exec("commit");
  database.close();
}

test("a pass whose writes come after more than one report reads is told of once", async () => {
  const { world, settings, untilTold } = await openTold("2026-11");
  const daemon = await world.start({ ...settings, policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const update = await world.hold({ method: "UpdateQueue" });
  const held = await daemon.push({ "queues/any.yaml": queue("any", 2) });
  await update.arrived();
  writeByCommands(join(world.folder, "data", "poolkeeper.sqlite"), 2_000);
  await update.release();
  await daemon.untilApplied(held);
  await daemon.reconciled();
  const last = await daemon.push({ "queues/any.yaml": queue("any", 3) });
  await daemon.untilApplied(last);
  await untilTold(last, 1);
  expect((await untilTold(held, 1)).map(({ details }) => details.done)).toEqual([{ ...NONE, change: 1 }]);
});
