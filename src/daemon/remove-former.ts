import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DaemonConfig } from "../model/daemon/daemon-config.ts";
import { hasCode } from "../model/errors/has-code.ts";
import { listNames } from "../reconcile/source/remove-leftovers.ts";
import { readDeliveryAddress } from "../systems/git/name-delivery.ts";
import { hashAddress } from "../systems/git/remote-address.ts";

/**
 * Whether the daemon that had the cache folder last has the store at `place` too: where not, what is in the folder may be another one's that has taken
 * a folder of its own by now, and takes this one again later. From now on the folder is that of this store.
 */
export async function claimMirrors(folder: string, place: string): Promise<boolean> {
  const file = join(folder, "store");
  const before = await readFile(file, "utf8").catch((error: unknown) => {
    if (!hasCode(error, "ENOENT")) throw error;
    return null;
  });
  if (before === place) return true;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, place);
  return false;
}

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
