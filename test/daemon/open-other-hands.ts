import { onTestFinished } from "vitest";
import { openControlPlane } from "../../src/systems/control-plane/open-control-plane.ts";
import { resolveConnection } from "../../src/systems/control-plane/resolve-connection.ts";
import { OPEN_FENCE } from "../set-up/open-fence.ts";
import type { DaemonWorld } from "./open-daemon-world.ts";

/** A client of someone who changes the control plane past the repository, as its rules allow it. */
export function openOtherHands({ served, folder }: Pick<DaemonWorld, "served" | "folder">) {
  const flags = { endpoint: served.url, org: "acme" };
  const hands = openControlPlane(resolveConnection({ flags, env: {}, homeDir: folder }));
  onTestFinished(() => hands.close());
  return { ...hands, writer: hands.writerUnder(OPEN_FENCE) };
}

/** Moves a cluster to another pool by hand. */
export async function moveByHand(world: DaemonWorld, name: string, pool: string): Promise<void> {
  const { writer } = openOtherHands(world);
  const generation = () => String(world.served.model.state.cluster.rows.get(name)?.generation);
  await writer.setClusterState(name, "draining", generation());
  world.served.model.settle();
  await writer.moveCluster(name, pool);
  await writer.setClusterState(name, "active", generation());
}
