import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { holdCalls } from "../set-up/hold-calls.ts";
import { queue, REPOSITORY } from "./manifests.ts";
import { openAppliedDesk } from "./run-program.ts";

const WHY = "something that no plan sees needs it";

test("an apply that only puts back what a killed one drained for a refused delete does not say that it is complete", async () => {
  const files = { ...REPOSITORY, "queues/extra.yaml": queue("extra", "prod", ["c2"]) };
  const desk = await openAppliedDesk(files, "2026-11", "store");
  rmSync(join(desk.repository, "queues/extra.yaml"));
  await desk.post("/faults", { method: "DeleteQueue", code: "failed_precondition", message: WHY, count: 1_000 });
  // The drain is let through.
  const activating = await holdCalls(desk.served.adminUrl, { method: "UpdateQueueState", after: 1 });
  const apply = ["apply", desk.repository, "--auto-approve", "--store", "store", "--allow", "max-disruption-share"];
  const killed = desk.start([...apply, "--timeout", "2s"]);
  await activating.arrived();
  killed.kill("SIGKILL");
  await killed.ended;
  const readState = () => desk.served.model.state.queue.rows.get("extra")?.state;
  expect(readState()).toBe("drained");
  const back = await desk.run(apply);
  expect([back.code, readState()]).toEqual([4, "active"]);
  expect(back.stdout).toMatch(
    /Refused before, and not applied:\n {2}queue\.extra: .*something that no plan sees needs it/,
  );
  expect(back.stdout).toContain("Apply incomplete. 0 added, 1 changed, 0 replaced, 0 destroyed.");
  expect(back.stdout).toContain("To continue, resolve what was refused");
  const blocked = await desk.run(apply);
  expect([blocked.code, blocked.stdout]).toEqual([4, expect.stringContaining("server-refused")]);
});
