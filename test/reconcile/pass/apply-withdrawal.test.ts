import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { WindowConfig } from "../../../src/model/daemon/daemon-config.ts";
import { applyWithdrawal } from "../../../src/reconcile/pass/apply-withdrawal.ts";
import { openDatabase } from "../../../src/store/open-store.ts";

const NIGHT: WindowConfig = {
  name: "night",
  kind: "deny",
  schedule: "0 22 * * *",
  time_zone: "UTC",
  duration_ms: 36e5,
};
const DAY: WindowConfig = {
  name: "day",
  kind: "allow",
  schedule: "0 8 * * *",
  time_zone: "UTC",
  duration_ms: 14 * 36e5,
};

/** What is decided at 21:59:59, or at the time that is given, and asked for again as time goes on. */
async function openEvening(windows: readonly WindowConfig[], decided = "21:59:59") {
  const folder = mkdtempSync(join(tmpdir(), "poolkeeper-evening-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  let time = decided;
  const at = () => `2026-11-20T${time}.000Z`;
  const { records, close } = await openDatabase(folder, { now: () => Date.parse(at()) });
  onTestFinished(close);
  const plan = { changes: [], steps: [], ownership: { claim: [] } };
  const withdrawal = applyWithdrawal(records, { target: "prod", plan, approval: null, windows, decided_at: at() });
  const ask = (now: string) => {
    time = now;
    return withdrawal.check();
  };
  return { ask, signal: withdrawal.signal };
}

test.each([
  ["one that denies changes opens", [NIGHT]],
  ["the one that allows them ends", [DAY]],
])("nothing more is begun once %s", async (_when, windows) => {
  const { ask, signal } = await openEvening(windows);
  await ask("21:59:59");
  expect(signal.aborted).toBe(false);
  await expect(ask("22:00:01")).rejects.toMatchObject({
    code: "withdrawn",
    message: "A change window closed: no further write is sent. The rollout resumes once it may.",
  });
  expect(signal.aborted).toBe(true);
});

test("what runs in closed windows, as it was begun before or is allowed, is not ended by them", async () => {
  const { ask } = await openEvening([NIGHT], "22:30:00");
  await ask("22:31:00");
});
