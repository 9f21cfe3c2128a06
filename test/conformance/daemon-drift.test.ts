import { expect, test } from "vitest";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { connectionArguments, runFlyte } from "../set-up/real-client.ts";

test("what someone changes with the upstream client is found and undone by the daemon", async () => {
  const world = await openDaemonWorld();
  const { model, url } = world.served;
  const daemon = await world.start({ drift: { action: "report" } });
  await daemon.untilApplied(world.first);
  const args = [...connectionArguments(url, "acme"), "update", "queue", "any", "--drain"];
  expect(await runFlyte({ generation: "2026-11", args })).toMatchObject({ code: 0 });
  const { status } = await daemon.untilState("OutOfSync");
  expect([status.reason, status.message]).toEqual(["Drift", expect.stringContaining("queue.any")]);
  expect(model.state.queue.rows.get("any")?.state).toBe("drained");
  await daemon.daemon.reload(world.read());
  await daemon.untilApplied(world.first);
  expect(model.state.queue.rows.get("any")?.state).toBe("active");
});
