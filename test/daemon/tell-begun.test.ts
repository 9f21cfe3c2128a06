import { expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { FILES, MOVE } from "./manifests.ts";
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
