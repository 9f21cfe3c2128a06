import type { Fence } from "../../model/fence.ts";

/** A text file of an output: path in it, relative, with `/`. */
export interface DeliveredFile {
  readonly path: string;
  readonly text: string;
  /** True: a sensitive value is in it, so that a new file is its owner's alone, where the place has owners. Default: none is. */
  readonly isSensitive?: boolean;
}

/** What is to be in the output. */
export interface Delivery {
  readonly files: readonly DeliveredFile[];
  /** Paths that are to be gone; one that is not there is no error. */
  readonly removes: readonly string[];
  /** What the change is about: a commit's message. A folder has no place for it. */
  readonly message: string;
  /**
   * What the caller saw at every path that it writes or removes, null where nothing was. A path that holds something else by now,
   * and not what is wanted either, refuses the delivery as a whole.
   */
  readonly expected: readonly { readonly path: string; readonly text: string | null }[];
}

/** What a delivery came to. */
export interface Delivered {
  /** False: everything was there already, and nothing was written. */
  readonly changed: boolean;
  /** Commit that holds the output now; null for a folder, and for a repository without a commit. */
  readonly revision: string | null;
}

/**
 * A place that rendered files go to and are read from: the live side of what they stand for. All calls throw an OperationalError
 * that says what to do; none of its texts holds a credential.
 */
export interface Sink {
  /** The place, for messages; never holds a credential. */
  readonly place: string;
  /** The one name of the place, as `nameDelivery` gives it: what is delivered is owned there. */
  readonly name: string;
  /** How long a delivery may still be under way once no caller waits for it, in milliseconds. Default: it ends with its process. */
  readonly longestMs?: number;
  /**
   * The files at these paths, and all files below those of them that are folders, sorted by path. What is not there is left out. Fails
   * immediately when the signal is aborted.
   */
  readDelivered(paths: readonly string[], signal?: AbortSignal): Promise<readonly DeliveredFile[]>;
  /** Whether there is nothing at all at the place: no folder or an empty one, no such branch. Asked where files are missed. */
  isEmpty(signal?: AbortSignal): Promise<boolean>;
  /** Makes the output hold the files and not the removed ones. Nothing of it is seen there that the fence does not let pass. */
  deliver(delivery: Delivery, fence: Fence): Promise<Delivered>;
}
