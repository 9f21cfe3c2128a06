import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MOVE } from "../daemon/manifests.ts";
import { openDaemonWorld, type RunningDaemon, type Settings } from "../daemon/open-daemon-world.ts";
import { type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { signNewest } from "../daemon/sign-newest.ts";
import { createSshSigner } from "../reconcile/source/sign-commit.ts";

/* The attacker may push or merge, and waits for an operator to rename a target: what was held under the former name is held under the new one. */

const NAME = "production";
const renamed = (settings: Settings): Settings => ({ ...settings, target: { ...settings.target, name: NAME } });

const RENAMES = {
  reload: async ({ world, daemon, settings }: ForgedWorld): Promise<RunningDaemon> => {
    await daemon.daemon.reload(world.read(renamed(settings)));
    return daemon;
  },
  restart: async ({ world, daemon, settings }: ForgedWorld): Promise<RunningDaemon> => {
    await daemon.daemon.stop();
    return world.start(renamed(settings));
  },
} as const;

test.each([
  ["a draft that was merged", "reload", { draft: true }, "it was a draft"],
  ["a request from a fork that was merged", "restart", { fork: "mallory/pools" }, "it comes from a fork"],
] as const)("%s is held after a rename by a %s, though the forge does not answer", async (_what, how, more, why) => {
  const settings = { policy: { auto_apply: "all" }, repository: { poll: "24h" } };
  const forged = await openForgedWorld({ kind: "github", settings });
  const number = await forged.propose("move", MOVE, { author: "mallory", ...more });
  await forged.untilStatus(number, "plan", /not planned/);
  const merged = await forged.merge(number, "mallory");
  await forged.daemon.untilState("AwaitingApproval", merged);
  forged.forge.fault({ kind: "status", status: 503 }, { times: 10_000 });
  const daemon = await RENAMES[how](forged);
  const held = await daemon.until(({ last_pass }) => last_pass?.revision === merged, NAME);
  expect(held.last_pass?.outcome).toMatchObject({
    held: [{ address: "cluster.c1", reason: "unreviewed", message: expect.stringContaining(why) }],
  });
  expect(forged.world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
  expect(held.audit.filter(({ action }) => action === "take-over").map(({ details }) => details)).toEqual([
    { what: "unreviewed", from: "prod", count: 1 },
  ]);
});

test("a commit without a signature below a signed one is refused after a rename", async () => {
  const world = await openDaemonWorld();
  const signer = createSshSigner(generateKeyPairSync("ed25519"), "Signer");
  const keys = join(world.folder, "keys");
  writeFileSync(keys, signer.line);
  const settings = { policy: { auto_apply: "all" }, repository: { verify: { mode: "all", keys: [keys] } } };
  const applied = signNewest(world, signer);
  const daemon = await world.start(settings);
  await daemon.untilApplied(applied);
  const unsigned = world.repository.push(MOVE);
  world.repository.push({ "README.md": "Read me" });
  const newest = signNewest(world, signer);
  const refused = { kind: "refused", message: expect.stringContaining(unsigned) };
  const before = await daemon.until(({ last_pass }) => last_pass?.revision === newest);
  expect(before.last_pass?.outcome).toMatchObject(refused);
  await daemon.daemon.reload(world.read(renamed(settings)));
  const after = await daemon.until(({ last_pass }) => last_pass?.revision === newest, NAME);
  expect(after.last_pass?.outcome).toMatchObject(refused);
  expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
});
