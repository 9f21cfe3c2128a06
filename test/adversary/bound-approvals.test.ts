/**
 * The attacker has no right to approve. They wait for an approval of one thing, and see to it that another thing is there when it is used:
 * another control plane, another target, another live state, another list of approvers, another day.
 */
import { describe, expect, onTestFinished, test } from "vitest";
import { type ServedControlPlane, serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { FILES, MOVE } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { below, openTwins } from "../daemon/open-twins.ts";
import { waitFor } from "../set-up/wait-for.ts";

const anHour = () => new Date(Date.now() + 3_600_000).toISOString();
const poolOf = ({ model }: ServedControlPlane, name = "c1") => model.state.cluster.rows.get(name)?.pool;

describe("an approval of what one control plane gets", () => {
  /** Two targets with a control plane each, both at rest; `settle` gives the configuration in which they have these endpoints. */
  async function openPair() {
    const world = await openDaemonWorld({ ...below("a", FILES), ...below("b", FILES) });
    const other = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
    onTestFinished(() => other.close());
    const [usual] = JSON.parse(world.describe()).targets;
    const make = (name: string, path: string, endpoint: string) => ({
      ...{ ...usual, name, repository: { ...usual.repository, path } },
      control_plane: { ...usual.control_plane, endpoint },
    });
    const settle = (prod: ServedControlPlane, stage: ServedControlPlane) => ({
      file: { targets: [make("prod", "a", prod.url), make("stage", "b", stage.url)] },
    });
    const daemon = await world.start(settle(world.served, other));
    await daemon.untilApplied(world.first);
    await daemon.until(({ applied_revision }) => applied_revision === world.first, "stage");
    return { world, other, daemon, settle };
  }

  test("is carried out on no other one: neither after two targets swapped theirs, nor after they were swapped back", async () => {
    const { world, other, daemon, settle } = await openPair();
    await daemon.send("/targets/prod/pause", { reason: "wait", until: anHour() });
    const moved = await daemon.push(below("a", MOVE));
    await daemon.untilState("Paused", moved);
    expect((await daemon.approve()).status).toBe(201);
    await daemon.daemon.reload(world.read(settle(other, world.served)));
    await daemon.send("/targets/prod/resume", {});
    await daemon.untilState("AwaitingApproval", moved);
    expect([poolOf(world.served), poolOf(other)]).toEqual(["pa", "pa"]);
    await daemon.until(({ approvals }) => approvals.length === 0);

    const before = (await daemon.target()).last_pass?.id;
    await daemon.daemon.reload(world.read(settle(world.served, other)));
    await daemon.until(({ last_pass, status }) => last_pass?.id !== before && status.state === "AwaitingApproval");
    expect([poolOf(world.served), poolOf(other)]).toEqual(["pa", "pa"]);
    expect((await daemon.approve()).status).toBe(201);
    await daemon.untilApplied(moved);
    expect([poolOf(world.served), poolOf(other)]).toEqual(["pb", "pa"]);
  });
});

describe("one comment that approves", () => {
  test("approves one target, where a request makes the same change below two folders", async () => {
    const forged = await openTwins({
      settings: { policy: { approval: { approvers: ["boss"] } } },
      requests: { approval: "explicit" },
    });
    forged.forge.allow("boss", "write");
    const number = await forged.propose("twice", { ...below("a", MOVE), ...below("b", MOVE) }, { author: "mona" });
    const digestOf = (target: string) =>
      /digest `([0-9a-f]{32})/.exec(forged.sticky(number, target).join("\n"))?.[1] ?? "";
    for (const target of ["prod", "stage"])
      await waitFor(
        () => digestOf(target) !== "",
        () => forged.status(number, "plan"),
      );
    await forged.untilStatus(number, "plan", /^success/);
    expect(digestOf("prod")).not.toBe(digestOf("stage"));
    await forged.untilReacted(number, await forged.say(number, "boss", `poolkeeper approve ${digestOf("stage")}`), /1/);
    await forged.untilStatus(number, "apply", /^pending: prod: needs .*; 1 other fine$/);
    const merged = await forged.merge(number, "mona");
    await forged.daemon.until(({ applied_revision }) => applied_revision === merged, "stage");
    await forged.daemon.untilState("AwaitingApproval", merged);
    expect([poolOf(forged.other), poolOf(forged.world.served)]).toEqual(["pb", "pa"]);
    expect((await forged.daemon.target()).approvals).toEqual([]);
  });
});
