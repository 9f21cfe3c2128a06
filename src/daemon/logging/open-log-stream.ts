import { destination } from "pino";

/** So much waits for a reader that stands still, in bytes. */
const MOST_WAITING = 1024 * 1024;
/** How soon it is tried again, in milliseconds. */
const AGAIN_MS = 200;

/** The sink of a log: each line is written immediately, and no reader blocks the process. */
export interface LogStream {
  readonly write: (line: string) => void;
  readonly isTTY: boolean;
}

/**
 * Opens the log on a file descriptor. Where its reader stalls, or a disk is full, up to a mebibyte of lines waits, and further lines are
 * dropped: the log never blocks the process. `onDropped` is called with their number once lines can be written again.
 */
export function openLogStream(fd: number, isTTY: boolean, onDropped: (lines: number) => void = () => {}): LogStream {
  const stream = destination({ fd, sync: true, retryEAGAIN: () => false, maxLength: MOST_WAITING });
  let dropped = 0;
  let isWaiting = false;
  stream.on("error", () => {
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      // Writes what waits.
      stream.write("");
    }, AGAIN_MS).unref();
  });
  stream.on("drop", () => {
    dropped += 1;
  });
  stream.on("drain", () => {
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    onDropped(lines);
  });
  return { write: (line) => void stream.write(line), isTTY };
}
