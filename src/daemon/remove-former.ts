import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { DaemonConfig } from "../model/daemon/daemon-config.ts";
import { listNames } from "../reconcile/source/remove-leftovers.ts";
import { readDeliveryAddress } from "../systems/git/name-delivery.ts";
import { hashAddress } from "../systems/git/remote-address.ts";

/**
 * Removes the mirrors and clones below the daemon's cache folder whose addresses no target has: they can be made again. Nothing may work in them
 * any more.
 */
export async function removeFormer(folder: string, { targets }: Pick<DaemonConfig, "targets">): Promise<void> {
  const sources = targets.flatMap(({ source }) => (source.kind === "repository" ? [source.url] : []));
  const outputs = targets.flatMap(({ control_plane: { deliver } }) => {
    const address = deliver === null ? null : readDeliveryAddress(deliver);
    return address === null || address.kind === "folder" ? [] : [address.url];
  });
  await keepOnly(join(folder, "mirrors"), sources);
  await keepOnly(join(folder, "deliveries"), outputs);
}

async function keepOnly(folder: string, urls: readonly string[]): Promise<void> {
  const kept = new Set(urls.map(hashAddress));
  for (const name of await listNames(folder)) {
    const [, hash] = /^([0-9a-f]{16})(?:-requests)?\.git/.exec(name) ?? [];
    if (hash === undefined || kept.has(hash)) continue;
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  }
}
