import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { CALLS } from "./forge-calls.ts";
import { MOVE } from "./manifests.ts";
import { type ForgedWorld, openForgedWorld } from "./open-forged-world.ts";
import { startProcess } from "./start-process.ts";

/** Runs the daemon in a process of its own, which is killed in the first call of each kind, after it took effect, and started again. */
async function runThroughKills({ forge, world, settings }: ForgedWorld) {
  const file = world.write(settings);
  const before = forge.calls().length;
  // Nobody is to live to see the answer.
  for (const call of Object.values(CALLS)) forge.fault({ kind: "slow", ms: 600_000 }, { call });
  let daemon = await startProcess(world, file);
  const killed: string[] = [];
  const ending = new AbortController();
  const run = async () => {
    while (!ending.signal.aborted) {
      const calls = forge
        .calls()
        .slice(before)
        .map(({ method, path }) => `${method} ${path}`);
      const struck = Object.entries(CALLS).find(
        ([name, call]) => !killed.includes(name) && calls.some((one) => call.test(one)),
      );
      if (struck === undefined) {
        await delay(10);
        continue;
      }
      daemon.kill("SIGKILL");
      await daemon.ended;
      killed.push(struck[0]);
      daemon = await startProcess(world, file);
    }
  };
  const running = run();
  return {
    end: async () => {
      ending.abort();
      await running;
      return { killed, daemon };
    },
  };
}

test("killed in each kind of call of the forge, the daemon says all of it once, and carries out a command and a merge once", async () => {
  const forged = await openForgedWorld({ webhooks: false, requests: { approval: "explicit" } });
  const { forge, propose, say, merge, untilStatus, untilReacted, untilSaid, sticky } = forged;
  await forged.daemon.daemon.stop();
  const through = await runThroughKills(forged);
  const number = await propose("move-c1", MOVE);
  await untilStatus(number, "apply", /^pending: needs/);
  const given = await say(number, "mona", `poolkeeper approve ${forged.digest(number)}`);
  await untilReacted(number, given, /^\+1$/);
  await untilStatus(number, "apply", /^success: approved by mona/);
  const commit = await merge(number, "mona");
  await untilStatus(number, "apply", /^success: applied in/);
  await untilSaid(number, "Applied");
  const { killed, daemon } = await through.end();
  expect(killed.toSorted()).toEqual(Object.keys(CALLS).toSorted());
  const { audit } = await daemon.untilApplied(commit);
  expect(sticky(number)).toHaveLength(1);
  expect(audit.filter(({ action, details }) => action === "approve" && "approval" in details)).toHaveLength(1);
  expect(forge.unknown()).toEqual([]);
});
