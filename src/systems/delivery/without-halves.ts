import { readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** So long after its last byte, nothing that is received still comes. In milliseconds. */
const STALE_MS = 3_600_000;

/** Fetches of this process in one clone. */
interface Use {
  running: number;
  removed: Promise<void>;
}

const uses = new Map<string, Use>();

/**
 * Fetches into the clone at `folder`, and keeps nothing there that was received by half, neither by this fetch nor by one of a process that was killed: git
 * leaves it behind. `isOurs`: only this process works in the clone; else what another one receives now stays, and what is an hour old goes.
 */
export async function withoutHalves<Result>(
  folder: string,
  isOurs: boolean,
  fetch: () => Promise<Result>,
): Promise<Result> {
  const use = uses.get(folder) ?? { running: 0, removed: Promise.resolve() };
  uses.set(folder, use);
  // What another fetch of this process receives stays, and none begins until what was found is removed.
  const remove = () => {
    if (use.running === 0) use.removed = use.removed.then(() => removeHalves(folder, isOurs));
  };
  remove();
  use.running += 1;
  try {
    await use.removed;
    return await fetch();
  } finally {
    use.running -= 1;
    remove();
    const { removed } = use;
    await removed;
    // Where another removal has begun since, the next fetch has to wait for it.
    if (use.running === 0 && use.removed === removed) uses.delete(folder);
  }
}

/** What can't be removed now is removed before the next fetch. */
async function removeHalves(folder: string, isOurs: boolean): Promise<void> {
  const objects = join(folder, "objects");
  const names = await readdir(objects, { recursive: true }).catch(() => []);
  for (const name of names.filter((one) => basename(one).startsWith("tmp_"))) {
    const path = join(objects, name);
    // Fetches alone receive packs; single objects may be of a delivery that is being made.
    const isHalf = (isOurs && dirname(name) === "pack") || (await isStale(path));
    if (isHalf) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

async function isStale(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > STALE_MS;
}
