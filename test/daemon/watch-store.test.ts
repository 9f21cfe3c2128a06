import { renameSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { watchStore } from "../../src/daemon/watch-store.ts";
import { OperationalError } from "../../src/model/errors/operational-error.ts";
import { showNow } from "../../src/plan/policy/show-trouble.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { rememberSecret } from "../../src/systems/http/known-secrets.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { upgradeByNewer } from "../store/describe-upgrades.ts";
import { createHandClock } from "../store/hand-clock.ts";
import { startPostgres } from "../store/start-postgres.ts";

const FAILED = new OperationalError("store_failed", "The store can't be used: database or disk is full.", {
  next: "stop",
});

/** A store whose folder can be moved away, watched by a clock that moves by hand. */
async function openWatched() {
  const [folder, away] = [join(makeTemporaryFolder(), "store"), join(makeTemporaryFolder(), "away")];
  return {
    ...(await watchAt(folder)),
    upgrade: () => upgradeByNewer(folder),
    lose: () => renameSync(folder, away),
    putBack: () => renameSync(away, folder),
  };
}

/** A store in a PostgreSQL that answers nothing while a lock is held on its proofs. */
async function openLocked() {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.stop());
  const location = await postgres.makeDatabase();
  const watched = await watchAt(location);
  const other = new Client({ connectionString: location });
  await other.connect();
  onTestFinished(() => other.end());
  return {
    ...watched,
    lock: () => other.query("begin; lock table store_probe in access exclusive mode"),
    unlock: () => other.query("commit"),
    /** Lets so many seconds pass, each once somebody waits for it. */
    wait: async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        await waitFor(
          () => watched.clock.sleepers() > 0,
          () => "nobody waits",
        );
        watched.clock.advance(1_000);
      }
    },
  };
}

/** Watched by a clock that moves by hand. */
async function watchAt(location: string) {
  const database = await openDatabase(location);
  onTestFinished(() => database.close());
  const clock = createHandClock();
  const told: string[] = [];
  let changes = 0;
  let upgrades = 0;
  const note = (_fields: object, message: string) => void told.push(message);
  const watch = watchStore({
    ...{ records: database.records, proveJobs: async () => {}, place: database.place, clock, now: () => clock.now() },
    log: { info: note, error: note },
    onChange: () => {
      changes += 1;
    },
    onUpgraded: () => {
      upgrades += 1;
    },
  });
  return {
    ...{ watch, clock, told },
    ...{ changes: () => changes, upgrades: () => upgrades, records: database.records, place: database.place },
  };
}

test("a store that can't be written is told once, since when it is so, until a write succeeds", async () => {
  const { watch, clock, told, changes, lose, putBack } = await openWatched();
  expect(await watch.prove()).toBeNull();
  lose();
  clock.advance(5_000);
  const trouble = await watch.prove();
  expect(trouble).toMatchObject({ since: new Date(5_000).toISOString(), message: expect.stringContaining("removed") });
  clock.advance(5_000);
  expect((await watch.prove())?.since).toBe(trouble?.since);
  expect([watch.trouble(), watch.trouble("prod")]).toEqual([trouble, trouble]);
  expect([told.length, changes()]).toEqual([1, 1]);
  putBack();
  clock.advance(5_000);
  expect(await watch.prove()).toBeNull();
  expect([told.length, changes(), watch.trouble("prod")]).toEqual([2, 2, null]);
});

test("a store that a newer release upgrades is told once, and is not written any more", async () => {
  const { watch, clock, told, changes, upgrades, upgrade } = await openWatched();
  expect(await watch.prove()).toBeNull();
  await upgrade();
  for (const _round of [1, 2]) {
    clock.advance(5_000);
    expect(await watch.prove()).toMatchObject({ message: expect.stringContaining("upgraded by a newer release") });
  }
  expect([told.length, changes(), upgrades()]).toEqual([1, 1, 1]);
  expect(told[0]).toContain("stops working");
});

test("a proof is shared for a second, so that probes which anybody may ask cost few writes", async () => {
  const { watch, clock, lose } = await openWatched();
  expect(await watch.prove()).toBeNull();
  lose();
  clock.advance(999);
  expect(await watch.prove()).toBeNull();
  clock.advance(1);
  expect(await watch.prove()).not.toBeNull();
});

test("a store that answers no proof within three seconds has trouble until it does; nobody else waits for it in the meantime", async () => {
  const { watch, lock, unlock, wait, changes } = await openLocked();
  await lock();
  const proof = watch.prove();
  await wait(3);
  const silent = expect.stringMatching(/did not answer within 3 seconds/);
  expect(await proof).toMatchObject({ reason: "StoreUnavailable", message: silent });
  expect([watch.trouble("prod"), await watch.prove(), changes()]).toEqual([await proof, await proof, 1]);
  let asked = 0;
  const change = watch.change(async () => {
    asked += 1;
  });
  await expect(change).rejects.toMatchObject({ code: "store_failed", message: silent });
  expect(asked).toBe(0);
  const never = watch.read(() => new Promise(() => {}));
  const refused = expect(never).rejects.toMatchObject({ code: "store_failed", message: silent });
  await wait(1);
  await refused;
  await unlock();
  await expect.poll(() => watch.trouble()).toBeNull();
  expect([await watch.prove(), await watch.change(async () => "done"), changes()]).toEqual([null, "done", 2]);
});

test("a read that is slow is waited for as long as writes are proven", async () => {
  const { watch, clock } = await openWatched();
  const answer = Promise.withResolvers<string>();
  const read = watch.read(() => answer.promise);
  for (let second = 0; second < 10; second += 1) {
    // By then the proof, which a directory gives at once, is there.
    await setImmediate();
    clock.advance(1_000);
  }
  expect(watch.trouble()).toBeNull();
  answer.resolve("late");
  expect(await read).toBe("late");
  await expect(watch.read(() => Promise.reject(FAILED))).rejects.toBe(FAILED);
});

test("a store that could not be read has trouble until a write is proven, whatever was proven a moment ago", async () => {
  const { watch, clock, changes } = await openWatched();
  expect(await watch.prove()).toBeNull();
  const trouble = watch.noteUnread(FAILED);
  expect([watch.trouble(), await watch.prove(), changes()]).toEqual([trouble, trouble, 1]);
  clock.advance(1_000);
  expect([await watch.prove(), changes()]).toEqual([null, 2]);
});

test("a pass that could not be recorded is its target's trouble until one is, though small writes succeed", async () => {
  const { watch, changes } = await openWatched();
  watch.notePass("prod", FAILED);
  expect(await watch.prove()).toBeNull();
  expect(watch.trouble("prod")).toMatchObject({ message: FAILED.message });
  expect([watch.trouble(), watch.trouble("dev"), changes()]).toEqual([null, null, 1]);
  watch.notePass("prod", new Error("a fault of the code"));
  expect(watch.trouble("prod")).toMatchObject({ reason: "PassFailed" });
  watch.notePass("prod", null);
  expect([watch.trouble("prod"), changes()]).toEqual([null, 3]);
});

test("a pass that ended with an unexpected error is its target's trouble until a pass is recorded, here or by a replica", async () => {
  const { watch, clock, changes } = await openWatched();
  rememberSecret("the variable TOKEN", "token-in-a-message-0001");
  clock.advance(5_000);
  watch.notePass("prod", new RangeError("Maximum call stack size exceeded at token-in-a-message-0001"), "pass-1");
  clock.advance(5_000);
  watch.notePass("prod", new RangeError("Maximum call stack size exceeded at token-in-a-message-0001"), "pass-1");
  expect([watch.trouble(), watch.trouble("dev"), changes()]).toEqual([null, null, 1]);
  const status = {
    state: "Synced",
    reason: "NothingToDo",
    message: "Nothing.",
    since: "2026-01-01T00:00:00.000Z",
  } as const;
  const shown = showNow(
    { status, last_pass: { id: "pass-1", outcome: { kind: "synced" } } },
    watch.trouble("prod"),
    null,
  );
  expect(shown).toMatchObject({ state: "Failed", reason: "PassFailed", since: new Date(5_000).toISOString() });
  expect(shown.message).toContain("RangeError: Maximum call stack size exceeded");
  expect(shown.message).toContain("The last recorded status is Synced (NothingToDo).");
  expect(shown.message).not.toContain("token-in-a-message-0001");
  expect(
    showNow({ status, last_pass: { id: "pass-2", outcome: { kind: "synced" } } }, watch.trouble("prod"), null),
  ).toBe(status);
  watch.notePass(
    "prod",
    new OperationalError("pass_outdated", "Another replica made it.", { next: "retry" }),
    "pass-2",
  );
  expect(changes()).toBe(1);
  watch.notePass("prod", null);
  expect([watch.trouble("prod"), changes()]).toEqual([null, 2]);
});

test("proofs that fail in a way that nothing explains are said in the log, and the next one is made", async () => {
  const { records, place } = await openWatched();
  const [stop, hand] = [new AbortController(), createHandClock()];
  const told: string[] = [];
  let proofs = 0;
  const watch = watchStore({
    ...{ records, place, onChange: () => {}, onUpgraded: () => {} },
    // Between two proofs no time passes.
    clock: { ...hand, sleep: async (ms, signal) => (ms === 10_000 ? hand.advance(ms) : hand.sleep(ms, signal)) },
    proveJobs: async () => {
      proofs += 1;
      if (proofs < 3) throw new TypeError("unforeseen");
      stop.abort();
    },
    log: { info: () => {}, error: (_fields: object, message: string) => void told.push(message) },
  });
  watch.notePass("prod", FAILED);
  await watch.run(stop.signal);
  expect([proofs, new Set(told)]).toEqual([3, new Set([expect.stringContaining("failed unexpectedly")])]);
});
