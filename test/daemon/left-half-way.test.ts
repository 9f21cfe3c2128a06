import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import type { TargetDetail } from "../../src/model/daemon/daemon-service.ts";
import { homeIn, startProgram } from "../cli/run-program.ts";
import { label } from "../cli/systems.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { openReceiver } from "./notify/open-receiver.ts";
import { openDaemonWorld, type Settings } from "./open-daemon-world.ts";
import { startProcess } from "./start-process.ts";

/** A receiver of what is left behind, and another control plane with a flyteadmin. */
async function openElsewhere() {
  const [receiver, world] = [await openReceiver(), await openDaemonWorld()];
  const other = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  onTestFinished(() => other.close());
  Object.assign(world.env, { ALERT_URL: receiver.url });
  const events = ["left_behind", "recovered"];
  const file = { notifications: [{ name: "alert", type: "webhook", url: { env: "ALERT_URL" }, events }] };
  const told = () => receiver.received.map(({ body }) => JSON.parse(body));
  const untilTold = (event: string) =>
    waitFor(
      () => told().some((message) => message.event === event),
      () => JSON.stringify(told()),
    );
  const forget = async (place: string) => {
    const args = ["forget", place, "--auto-approve", "--store", join(world.folder, "data")];
    return startProgram(args, homeIn(world.folder), world.folder).ended;
  };
  /** Runs the command that a text shows as a user pastes it, who names the store. */
  const paste = (text: string) => {
    const [command = ""] = /poolkeeper forget .* --store STORE/.exec(text) ?? [];
    const script = `poolkeeper() { printf '%s\\n' "$@"; }; ${command}`;
    const words = execFileSync("sh", ["-c", script], { encoding: "utf8" }).trimEnd().split("\n");
    const args = words.map((word) => (word === "STORE" ? join(world.folder, "data") : word));
    return startProgram([...args, "--auto-approve"], homeIn(world.folder), world.folder).ended;
  };
  return { world, other, file, told, untilTold, forget, paste };
}

const isLeft = ({ status, left_behind }: TargetDetail) => status.reason === "LeftBehind" && left_behind.length > 0;

test("what was half-way at a flyteadmin that the target has no more is shown as left there, with its address, until it is given up", async () => {
  const { world, other, file, told, untilTold, paste } = await openElsewhere();
  const settings = (endpoint: string): Settings => ({
    policy: { auto_apply: "all" },
    control_plane: { flyteadmin: { endpoint }, write_timeout: "1s" },
    file,
  });
  const daemon = await startProcess(world, world.write(settings(world.served.url)));
  await daemon.untilApplied(world.first);
  const writing = await world.hold({ method: "UpdateProjectDomainAttributes", answer: true });
  const commit = world.repository.push({ "execution-cluster-labels/team1.yaml": label("team1", "label1") });
  await writing.arrived();
  daemon.kill("SIGKILL");
  await daemon.ended;
  await writing.release();
  const next = await startProcess(world, world.write(settings(other.url)));
  const left = await next.until((target) => isLeft(target) && target.last_pass?.revision === commit);
  expect(left.left_behind).toMatchObject([
    { address: "execution_cluster_label.team1/development", place: world.served.url },
  ]);
  expect(left.status.message).toContain(`left half-way at ${world.served.url}`);
  expect(other.flyteadmin.state.attributes.size).toBe(1);
  await untilTold("left_behind");
  expect(told()[0].details).toMatchObject({
    objects: ["execution_cluster_label.team1/development"],
    place: world.served.url,
  });
  expect(await paste(left.status.message)).toMatchObject({ code: 0 });
  await next.reconciled();
  await next.until(({ status, left_behind }) => status.state === "Synced" && left_behind.length === 0);
  await untilTold("recovered");
  expect(world.served.flyteadmin.state.attributes.size).toBe(1);
});

test("a rollout that was half-way at a control plane that no target has any more is shown as left there, until the target has it again", async () => {
  const { world, other, file, untilTold } = await openElsewhere();
  const usual: Settings = { policy: { auto_apply: "all" }, file };
  const daemon = await world.start(usual);
  await daemon.untilApplied(world.first);
  const setWork = (runs: number) => world.post("/inflight", { queue: "any", runs, actions: runs, depth: 0 });
  await setWork(3);
  const commit = await daemon.push({ "queues/any.yaml": null });
  await daemon.untilState("Waiting", commit);
  await daemon.daemon.reload(world.read({ ...usual, control_plane: { endpoint: other.url } }));
  const left = await daemon.until(isLeft);
  expect(left.left_behind).toMatchObject([{ address: "queue.any", place: `${world.served.url} (organization acme)` }]);
  await untilTold("left_behind");
  await setWork(0);
  await daemon.daemon.reload(world.read(usual));
  const back = await daemon.untilApplied(commit);
  expect(back.left_behind).toEqual([]);
  await untilTold("recovered");
});

test("the command that status, API and notification show gives up what was half-way at a former control plane, in its organization alone", async () => {
  const { world, other, file, told, untilTold, forget, paste } = await openElsewhere();
  const usual: Settings = { policy: { auto_apply: "all" }, file };
  const daemon = await world.start(usual);
  await daemon.untilApplied(world.first);
  await world.post("/inflight", { queue: "any", runs: 3, actions: 3, depth: 0 });
  await daemon.untilState("Waiting", await daemon.push({ "queues/any.yaml": null }));
  await daemon.daemon.reload(world.read({ ...usual, control_plane: { endpoint: other.url } }));
  const { status, left_behind } = await daemon.until(isLeft);
  await untilTold("left_behind");
  const [command = ""] = /poolkeeper forget [^`]*/.exec(status.message) ?? [];
  expect(left_behind[0]?.message).toContain(command);
  expect(told()[0].action).toContain(command);
  expect(await forget(`${world.served.url} (organization other)`)).toMatchObject({ code: 1 });
  expect(await paste(command)).toMatchObject({ code: 0, stderr: expect.stringContaining("queue.any (acme at") });
  await daemon.untilState("Synced");
  await untilTold("recovered");
});
