import { expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { CALLS } from "./forge-calls.ts";
import { MOVE } from "./manifests.ts";
import { type ForgedWorld, openForgedWorld } from "./open-forged-world.ts";
import { startProcess } from "./start-process.ts";

/** Runs the daemon in a process of its own, which is killed in the first call of each kind, after it took effect, and started again. */
async function runThroughKills({ forge, world, settings }: ForgedWorld) {
  const file = world.write(settings);
  // Nobody is to live to see the answer.
  const left = new Map(
    Object.entries(CALLS).map(([name, call]) => [name, forge.hold({ call, answer: true, times: 1 })]),
  );
  let daemon = await startProcess(world, file);
  const run = async () => {
    while (left.size > 0) {
      const find = () => [...left].find(([, { count }]) => count() > 0)?.[0];
      await waitFor(
        () => find() !== undefined,
        () => `never called: ${[...left.keys()]}`,
      );
      left.delete(find() ?? "");
      daemon.kill("SIGKILL");
      await daemon.ended;
      daemon = await startProcess(world, file);
    }
    return daemon;
  };
  return { ended: run() };
}

test("killed in each kind of call of the forge, the daemon says all of it once, and carries out a command and a merge once", async () => {
  const forged = await openForgedWorld({
    webhooks: false,
    requests: { approval: "explicit", unverified_comments: "accept" },
  });
  const { forge, propose, say, merge, untilStatus, untilReacted, untilSaid, sticky } = forged;
  await forged.daemon.daemon.stop();
  const kills = await runThroughKills(forged);
  const number = await propose("move-c1", MOVE);
  await untilStatus(number, "apply", /^pending: needs/);
  const given = await say(number, "mona", `poolkeeper approve ${forged.digest(number)}`);
  await untilReacted(number, given, /^\+1$/);
  await untilStatus(number, "apply", /^success: approved by mona/);
  const commit = await merge(number, "mona");
  await untilStatus(number, "apply", /^success: applied in/);
  await untilSaid(number, "Applied");
  const daemon = await kills.ended;
  const { audit } = await daemon.untilApplied(commit);
  expect(sticky(number)).toHaveLength(1);
  expect(audit.filter(({ action, details }) => action === "approve" && "approval" in details)).toHaveLength(1);
  expect(forge.unknown()).toEqual([]);
});
