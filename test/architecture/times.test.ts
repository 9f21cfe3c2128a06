import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const TESTS = join(import.meta.dirname, "..");

/** Files that may do what others may not, and why. */
const EXEMPT: Readonly<Record<string, string>> = {
  "architecture/times.test.ts": "names what is forbidden",
  "set-up/patience.ts": "is where the limits are",
  "set-up/wait-for.ts": "waits for everybody else",
  "set-up/start-in-terminal.ts": "ends a program that does not end by itself",
  "systems/control-plane/read-in-flight.test.ts": "looks at the timers that a client sets",
  "embedded/flyteadmin/faults-and-tokens.test.ts":
    "tries the fault that delays a call, which takes no less than asked for",
  "ground/start-program.test.ts": "holds a program whose end is told by a timer",
  "daemon/jobs/run-replica.ts": "makes passes that take a while",
  "daemon/notify/create-sender.test.ts": "has a clock that moves by hand",
  "daemon/notify/share-outbox.test.ts": "has a clock that moves by hand",
  "daemon/share-database.test.ts": "waits for a lease to run out",
};

/** What is written into a configuration or a flag, and only read again. */
const DATA = /^(daemon\/config|manifests)\/|\/resolve-[a-z-]*connection\.test\.ts$/;

const files = globSync("**/*.ts", { cwd: TESTS })
  .filter((path) => !(path in EXEMPT))
  .map((path) => ({ path, code: readFileSync(join(TESTS, path), "utf8").replace(/^\s*(\/\/|\*|\/\*).*$/gm, "") }));

/** The places that a pattern finds, as `path: text`. */
function find(pattern: RegExp, isMeant: (path: string) => boolean = () => true): readonly string[] {
  return files
    .filter(({ path }) => isMeant(path))
    .flatMap(({ path, code }) => [...code.matchAll(pattern)].map(([text]) => `${path}: ${text}`));
}

test("no test waits for a time to pass: it waits for an event, by expect.poll, waitFor, or a call that is held", () => {
  expect(find(/\bset(Timeout as|Timeout\()|\bAbortSignal\.timeout|\bvi\.(waitFor|waitUntil|useFakeTimers)\b/g)).toEqual(
    [],
  );
  expect(find(/\bdelay_ms\b/g, (path) => !path.startsWith("embedded/"))).toEqual([]);
});

test("no test has a limit of its own: PATIENCE_MS is for what is to come, SOON_MS for what never does", () => {
  const limit =
    /(?<!\w)["']?(timeout|timeoutMs|timeout_ms|testTimeout|hookTimeout)["']?: ((?!\d+ \* SOON_MS)\d|["'`]\d+m?s\b)[^,})\n]*/g;
  expect(find(limit, (path) => !DATA.test(path))).toEqual([]);
  expect(find(/^\s*\},\s*[\d_]{3,},?\s*\)|\bsetDefault(Navigation)?Timeout\([\d_]+\)|\bvi\.setConfig\b/gm)).toEqual([]);
});

test("no test measures how long something takes: the bench does", () => {
  expect(find(/\bperformance\.now\b|\bprocess\.hrtime\b|\bconsole\.time\b/g)).toEqual([]);
});
