import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createKnownTargets } from "../../src/daemon/known-targets.ts";
import { createLog } from "../../src/daemon/logging/create-log.ts";
import { emptyState } from "../../src/daemon/read-service.ts";
import { runMaintenance } from "../../src/daemon/run-maintenance.ts";
import { monotonicClock } from "../../src/store/leases/monotonic-clock.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { makeAudit, writeState } from "../store/make-records.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

const LONG_AGO = "2020-01-01T00:00:00.000Z";

test("what left the configuration longer ago than anything is kept is forgotten, and said so", async () => {
  const world = await openDaemonWorld();
  const { records, close } = await openDatabase(join(world.folder, "data"));
  onTestFinished(close);
  const lately = await records.now();
  const states = [emptyState("prod", LONG_AGO), emptyState("gone", LONG_AGO), emptyState("lately", lately)];
  for (const state of states) await writeState(records, state);
  // Without anything from then on record, the clock may be wrong.
  const due = new Date(Date.parse(lately) - world.read().retention.keep_ms - 3_600_000).toISOString();
  await records.addAudit(makeAudit({ at: due }));
  const log: string[] = [];
  const stop = new AbortController();
  const running = runMaintenance(
    {
      records,
      known: createKnownTargets(),
      readApplying: async () => null,
      log: createLog({ level: "info", destination: { write: (line) => void log.push(line) } }),
      config: () => world.read(),
      clock: monotonicClock,
      public_url: null,
      started_at: lately,
    },
    stop.signal,
  );
  await waitFor(
    () => log.length > 0,
    () => "Nothing is in the log.",
  );
  stop.abort();
  await running;
  expect((await records.readStates()).map(({ target }) => target)).toEqual(["lately", "prod"]);
  expect(log.join()).toContain('"target":"gone"');
});
