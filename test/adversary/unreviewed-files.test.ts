import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { flyteClusters } from "../cli/systems.ts";
import { FILES } from "../daemon/manifests.ts";
import type { Settings } from "../daemon/open-daemon-world.ts";
import { type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";

/*
 * The attacker may open requests and has one merged without a review, as a draft. It changes nothing but the clusters of Flyte, so that all
 * executions of a label would go to a cluster of theirs. They want that taken for drift, which is undone without a review. Who only reports
 * drift wants a reviewed commit of that kind to be carried out all the same.
 */

const EVIL = { "flyte-clusters/flyte.yaml": flyteClusters("evil") };
const ADDRESS = "flyte_clusters.flyte";

interface FlyteWorld extends ForgedWorld {
  /** All that is delivered now. */
  readonly delivered: () => string;
}

async function openFlyte(settings: Settings): Promise<FlyteWorld> {
  const forged = await openForgedWorld({
    settings: { policy: { auto_apply: "all" }, ...settings },
    files: { ...FILES, "flyte-clusters/flyte.yaml": flyteClusters("dp1") },
    targets: (usual) => [{ ...usual, control_plane: { ...usual.control_plane, deliver: "./out" } }],
  });
  const folder = join(forged.world.folder, "out");
  const delivered = () => (existsSync(folder) ? readAll(folder) : "");
  await forged.daemon.reconciled();
  expect(delivered()).toContain("dp1.example.com");
  return { ...forged, delivered };
}

function readAll(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8")).join("\n");
}

const DRIFT = [{ action: "revert", sightings: 1, destructive: true }, { action: "revert" }, { action: "report" }];

describe.each(DRIFT)("with drift %o", (drift) => {
  test("an unreviewed commit of Flyte's clusters is held as any other, and delivered once it is approved", async () => {
    const forged = await openFlyte({ drift });
    const number = await forged.propose("draft", EVIL, { draft: true, author: "mallory" });
    await forged.untilStatus(number, "plan", /^pending: not planned: is a draft/);
    const merged = await forged.merge(number, "mona");
    const held = await forged.daemon.untilState("AwaitingApproval", merged);
    expect(held.last_pass?.outcome).toMatchObject({ held: [{ address: ADDRESS, reason: "unreviewed" }] });
    expect([held.applied_revision, held.drift_since]).toEqual([forged.world.first, null]);
    expect(forged.delivered()).not.toContain("evil");
    expect((await forged.daemon.approve()).status).toBeLessThan(300);
    await forged.daemon.untilApplied(merged);
    expect(forged.delivered()).toContain("evil.example.com");
  });

  test("a reviewed commit of Flyte's clusters is the commit's own: it is shown as that, and delivered", async () => {
    const forged = await openFlyte({ drift });
    const number = await forged.propose("reviewed", EVIL);
    await forged.untilStatus(number, "apply", /^success/);
    expect(forged.comment(number)).not.toMatch(/changed outside|Drift/);
    const merged = await forged.merge(number, "mona");
    const { passes } = await forged.daemon.untilApplied(merged);
    expect(forged.delivered()).toContain("evil.example.com");
    const holds = passes.flatMap(({ outcome }) => ("held" in outcome ? outcome.held.map(({ reason }) => reason) : []));
    expect(holds).toEqual([]);
  });
});
