import { destination } from "pino";

/** So much waits for a reader that stands still, in bytes. */
const MOST_WAITING = 1024 * 1024;
/** How soon it is tried again, in milliseconds. */
const AGAIN_MS = 200;

/** Where a log goes: each line is written at once, and no reader keeps the process waiting. */
export interface LogStream {
  readonly write: (line: string) => void;
  readonly isTTY: boolean;
}

/**
 * Opens the log on a file descriptor. Where whoever reads it stands still, or a disk is full, lines wait up to a mebibyte, and what comes after
 * that is dropped: the log never stops what it tells of. `onDropped` is called with how many there were, once lines can be written again.
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
