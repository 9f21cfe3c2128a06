import { OperationalError } from "../../model/errors/operational-error.ts";
import { openGit } from "../../systems/git/open-git.ts";
import { withinLimits } from "../../systems/git/within-limits.ts";
import { describeMirrorGit, explainMirrorError, type MirrorOptions } from "./describe-mirror.ts";
import { noRoom } from "./explain-source-error.ts";
import { removeHalves } from "./remove-leftovers.ts";

/** A git that writes packs. */
export interface PackWriter {
  readonly args: readonly string[];
  /** Bytes that the repository may have on the way. */
  readonly maxBytes: number;
  /** The error of one that takes longer than `timeout_ms` in all. */
  readonly tooSlow: OperationalError;
}

/**
 * Runs a git that writes packs into the repository at `folder`, for none does so without it: within its size and time, and without the last of the disk,
 * which is for the store. One that fails leaves no half pack. Nothing else may write there at the same time.
 */
export async function writePacks(
  folder: string,
  options: MirrorOptions,
  { args, maxBytes, tooSlow }: PackWriter,
): Promise<void> {
  const { config, place, signal } = options;
  const explain = (limit: "size" | "time" | "room") =>
    ({ size: tooLarge(place, config.max_bytes), time: tooSlow, room: noRoom(place, "little is left") })[limit];
  const run = (ending: AbortSignal) => openGit(folder, describeMirrorGit(folder, options, ending))(args);
  try {
    await withinLimits(folder, { maxBytes, timeoutMs: config.timeout_ms, signal, explain }, run);
  } catch (error) {
    // On a full disk, it would keep the room from all others until the next fetch.
    await removeHalves(folder);
    throw explainMirrorError(error, options);
  }
}

/** The error of a mirror that takes more than it may. */
export function tooLarge(place: string, maxBytes: number): OperationalError {
  return new OperationalError(
    "source_too_large",
    `The mirror of ${place} exceeds ${Math.floor(maxBytes / 1_000_000)} MB. Raise \`max_size\`, or keep large files out of the repository.`,
    { next: "wait" },
  );
}
