import { renameSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import type { Runner } from "../../src/daemon/create-runner.ts";
import { createKnownTargets } from "../../src/daemon/known-targets.ts";
import { createReads, emptyState } from "../../src/daemon/read-service.ts";
import type { ServiceTools } from "../../src/daemon/service-tools.ts";
import { watchStore } from "../../src/daemon/watch-store.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { createHandClock } from "../store/hand-clock.ts";
import { writeState } from "../store/make-records.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

test("a target whose entry is damaged is in the overview, though the store is lost right after that was found", async () => {
  const world = await openDaemonWorld();
  const [folder, away] = [join(world.folder, "data"), join(world.folder, "away")];
  const database = await openDatabase(folder);
  onTestFinished(() => database.close().catch(() => {}));
  const { records, place } = database;
  await writeState(records, emptyState("prod", await records.now()));
  const other = new DatabaseSync(join(folder, "poolkeeper.sqlite"));
  other.exec("update target_state set body = '{'");
  other.close();
  const watch = watchStore({
    ...{ records, place, proveJobs: async () => {}, clock: createHandClock() },
    log: { info: () => {}, error: () => {} },
    ...{ onChange: () => {}, onUpgraded: () => {} },
  });
  const [config] = world.read().targets;
  const runner = {
    ...{ config, review: null, source: { place: "" }, place: { endpoint: "", org: null } },
    ...{ running: () => null, readExcess: () => null, readUnwatched: () => null, readApplying: async () => null },
  };
  const notePass: ServiceTools["store"]["notePass"] = (...noted) => {
    watch.notePass(...noted);
    renameSync(folder, away);
  };
  const reads = createReads({
    ...{ records, known: createKnownTargets(), store: { ...watch, notePass }, refused: () => null },
    runners: () => new Map([["prod", runner as unknown as Runner]]),
  } as unknown as ServiceTools);
  expect(await reads.overview()).toMatchObject([{ target: "prod", status: { reason: "PassFailed" } }]);
});
