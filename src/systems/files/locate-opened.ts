import { existsSync, readlinkSync } from "node:fs";

/**
 * Where an open file or folder is in truth, over no link: what was opened by its path may be something else if a link was put in the way in
 * the meantime. Of one that was deleted or replaced since, where it was. Null where the system does not say: Linux does.
 */
export function locateOpened(descriptor: number): string | null {
  const link = nameDescriptor(descriptor);
  return existsSync(DESCRIPTORS) ? readlinkSync(link).replace(/ \(deleted\)$/, "") : null;
}

/** A path to an open folder that leads to this very folder, even if a link is at its own `path` by now; that path where the system has none. */
export function nameOpened(descriptor: number, path: string): string {
  return existsSync(DESCRIPTORS) ? nameDescriptor(descriptor) : path;
}

const DESCRIPTORS = "/proc/self/fd";

function nameDescriptor(descriptor: number): string {
  return `${DESCRIPTORS}/${descriptor}`;
}
