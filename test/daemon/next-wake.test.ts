import { expect, test } from "vitest";
import { LONGEST_WAIT_MS, nextWakeMs, WAITING_MS } from "../../src/daemon/next-wake.ts";
import type { HeldChange } from "../../src/model/passes/pass.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

const NOW = "2026-11-05T10:00:00.000Z";
const wake = (...ends: readonly (string | undefined)[]) => {
  const held = ends.map(
    (end): HeldChange => ({
      ...{ address: "queue.any", reason: "window", message: "" },
      ...(end !== undefined && { ends: end }),
    }),
  );
  const facts = { failures: 0, retryAfterMs: null, random: 0, now: NOW };
  return nextWakeMs({ ...facts, outcome: { kind: "held", held } });
};

test("what is held until a moment is looked at then, at the first of several, and once an hour until then", () => {
  expect(wake("2026-11-05T10:00:30.000Z")).toBe(30_000);
  expect(wake("2026-11-05T10:02:00.000Z", undefined, "2026-11-05T10:00:20.000Z")).toBe(20_000);
  expect(wake("2026-11-09T10:00:00.000Z")).toBe(LONGEST_WAIT_MS);
});

test("what is held until something happens is left to the next trigger", () => {
  expect(wake("a window opens", undefined)).toBeNull();
});

test("what is held until a moment that came while the pass was made is looked at again soon", () => {
  expect(wake("2026-11-05T10:00:00.000Z")).toBe(WAITING_MS);
  expect(wake("2026-11-05T09:59:59.000Z", "2026-11-05T10:02:00.000Z")).toBe(WAITING_MS);
});

test("a commit that a pause holds is applied when the pause ends, before the next poll", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ repository: { poll: "1h" }, policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const until = new Date(Date.now() + 5_000).toISOString();
  expect((await daemon.send("/targets/prod/pause", { address: null, reason: "work", until })).status).toBe(201);
  const commit = await daemon.push({ "queues/any.yaml": null });
  await daemon.untilState("Paused", commit);
  await daemon.untilApplied(commit);
});
