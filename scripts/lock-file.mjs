// A lock between processes of one machine: a file that holds its holder's process id.
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** How often the holder shows that it is alive, and after how long without it the lock is free, in milliseconds. */
const TOUCH_EVERY_MS = 2_000;
const STALE_AFTER_MS = 60_000;
const LOOK_EVERY_MS = 200;

/**
 * Waits until the lock is free and takes it; returns the function that gives it back. `onWait` is called once, with the
 * holder's process id, when there is something to wait for. A lock whose holder is gone is taken over.
 */
export async function acquireLock(file, { onWait = () => {} } = {}) {
  let waits = false;
  while (!tryTake(file)) {
    const holder = readHolder(file);
    if (holder === undefined) continue;
    if (isStale(file, holder)) {
      removeStale(file, holder);
      continue;
    }
    if (!waits) onWait(holder);
    waits = true;
    await sleep(LOOK_EVERY_MS);
  }
  const timer = setInterval(() => touch(file), TOUCH_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (readHolder(file) === String(process.pid)) rmSync(file, { force: true });
  };
}

/** A link appears with its content or not at all, so that nobody reads a lock without a holder. */
function tryTake(file) {
  const own = `${file}.${randomUUID()}`;
  writeFileSync(own, String(process.pid));
  try {
    return tryLink(own, file);
  } finally {
    rmSync(own, { force: true });
  }
}

function tryLink(from, file) {
  try {
    linkSync(from, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function readHolder(file) {
  return ifThere(() => readFileSync(file, "utf8"));
}

function touch(file) {
  ifThere(() => utimesSync(file, new Date(), new Date()));
}

/** The process is gone; or, where its id was given to another one since, it has not touched the file for long. */
function isStale(file, holder) {
  try {
    process.kill(Number(holder), 0);
  } catch (error) {
    if (error.code === "ESRCH") return true;
  }
  const touched = ifThere(() => statSync(file).mtimeMs);
  return touched !== undefined && Date.now() - touched > STALE_AFTER_MS;
}

/** Renaming lets only one of several waiters remove it; what was not the stale lock after all is put back. */
function removeStale(file, holder) {
  const aside = `${file}.${randomUUID()}`;
  if (ifThere(() => renameSync(file, aside) ?? true) === undefined) return;
  if (readHolder(aside) !== holder) tryLink(aside, file);
  rmSync(aside, { force: true });
}

/** The result of a file operation; undefined when the file is not there (any more). */
function ifThere(operation) {
  try {
    return operation();
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
