import { join } from "node:path";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { hasRoom, measureFolder } from "../../systems/git/within-limits.ts";
import { explainMirrorError, type MirrorOptions } from "./describe-mirror.ts";
import { listNames } from "./remove-leftovers.ts";
import { writePacks } from "./write-packs.ts";

/** Packs that are many enough to be made one: fetches come as one each, and git gets slow with many. */
const MANY_PACKS = 50;

/**
 * Makes the packs of a repository one, where they are many. That only saves time: what keeps it from that is warned of, and nothing fails by it, but
 * what is ended by its signal. False: git found the repository damaged.
 */
export type Repack = (options: MirrorOptions) => Promise<boolean>;

/** {@link Repack} for the repository at `folder`; `how`: options of git repack. */
export function createRepack(folder: string, how: readonly string[]): Repack {
  let many = MANY_PACKS;
  let isTold = false;
  const packs = join(folder, "objects", "pack");
  const run = async (options: MirrorOptions) => {
    const { config, place } = options;
    // All of it is there twice for a time.
    const copy = await measureFolder(join(folder, "objects"));
    if (!(await hasRoom(folder, copy))) {
      if (!isTold) options.warn(describeNoRoom(place, copy));
      isTold = true;
      return;
    }
    await writePacks(folder, options, {
      args: ["repack", ...how, "--quiet"],
      maxBytes: copy + config.max_bytes,
      tooSlow: tooSlow(place, config.timeout_ms),
    });
    [many, isTold] = [MANY_PACKS, false];
  };
  return async (options) => {
    const count = (await listNames(packs)).filter((name) => name.endsWith(".pack")).length;
    if (count <= MANY_PACKS) many = MANY_PACKS;
    if (count <= many) return true;
    try {
      await run(options);
      return true;
    } catch (error) {
      const explained = explainMirrorError(error, options);
      if (options.signal.aborted) throw explained;
      // One that fails, maybe after its whole time, does not come with each fetch.
      many = count + MANY_PACKS - 1;
      const message = `The ${count} packs of a mirror could not be made one, which is tried again once there are ${MANY_PACKS} more. ${explained.message}`;
      options.warn(message);
      return explained.code !== "source_damaged";
    }
  };
}

function describeNoRoom(place: string, copy: number): string {
  const megabytes = Math.ceil(copy / 1_000_000);
  return `The packs of the mirror of ${place} are not made one, for the disk has no room for ${megabytes} MB more beside what is left to the store. That is tried again with the next fetches, which get slower until then. Make room on the disk of the data directory.`;
}

function tooSlow(place: string, timeoutMs: number): OperationalError {
  const message = `Packing the mirror of ${place} took longer than ${timeoutMs / 1000} s and was stopped. Raise \`timeout\`.`;
  return new OperationalError("source_unreachable", message, { next: "retry" });
}
