import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { Agent } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../src/daemon/config/read-config.ts";
import { createKnownTargets } from "../../src/daemon/known-targets.ts";
import { createSender } from "../../src/daemon/notify/create-sender.ts";
import { runMaintenance } from "../../src/daemon/run-maintenance.ts";
import type { DaemonConfig } from "../../src/model/daemon/daemon-config.ts";
import type { TargetState } from "../../src/model/daemon/daemon-records.ts";
import type { Applying } from "../../src/plan/policy/show-applying.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { createHandClock } from "../store/hand-clock.ts";
import { writeState } from "../store/make-records.ts";
import { makeHeld, makePass, makeState } from "./notify/make-state.ts";
import { openReceiver } from "./notify/open-receiver.ts";

const BEGIN = Date.parse("2026-11-21T12:00:00.000Z");
const MINUTE_MS = 60_000;
const after = (minutes: number) => new Date(BEGIN + minutes * MINUTE_MS).toISOString();

const CONFIG = `
targets:
  - name: production
    repository: {url: "https://git.example.com/a.git", poll: 2m}
    control_plane: {endpoint: "https://acme.example.com", org: acme}
notifications: [{name: chat, type: webhook, url: {env: URL}}]
retention: {keep: 1h}
`;

/** A target that was looked at when everything began. */
function stateOf(changes: Partial<TargetState> = {}, target = "production"): TargetState {
  const status = { state: "Synced", reason: "NothingToDo", message: "", since: after(0) } as const;
  const at = { ended_at: after(0), started_at: after(0) };
  const base = makeState("Synced", { kind: "synced" }, { last_success_at: after(0), updated_at: after(0) });
  return { ...base, target, status, last_pass: makePass({ kind: "synced" }, { target, ...at }), ...changes };
}

/** A maintained that is kept by a clock that moves by hand, on a real store, and a receiver of what is told. */
async function openMaintenance(...states: readonly TargetState[]) {
  const clock = createHandClock();
  /** By how many minutes the machine's clock is ahead. */
  const machine = { ahead: 0 };
  const now = () => BEGIN + clock.now() + machine.ahead * MINUTE_MS;
  const database = await openDatabase(makeTemporaryFolder(), { now });
  let isOpen = true;
  const close = async () => {
    if (isOpen) await database.close();
    isOpen = false;
  };
  onTestFinished(close);
  const { records } = database;
  for (const state of states) await writeState(records, state);
  const receiver = await openReceiver();
  const env = { URL: receiver.url };
  const current: { config: DaemonConfig } = { config: readConfig(CONFIG, env) };
  const warnings: string[] = [];
  const infos: object[] = [];
  const log = {
    info: (fields: object) => void infos.push(fields),
    warn: (_fields: object, message: string) => void warnings.push(message),
  };
  const sender = createSender({
    ...{ records, clock, http: new Agent(), listUnsealed: async () => [] },
    notifications: () => current.config.notifications,
    readSecret: () => receiver.url,
    log: {
      ...log,
      debug: () => {},
      error: log.warn,
      child: () => expect.fail("no child is asked for"),
    },
  });
  let ending = new AbortController();
  const running: Promise<void>[] = [];
  /** The pass that applies. */
  const under: { applying: Applying | null } = { applying: null };
  const readApplying = async () => under.applying;
  /** A round that does not end is for the test's time limit. */
  const untilRound = async () => {
    while (clock.sleepers() < running.length) await setImmediate();
  };
  const maintained = {
    ...{ close, records, current, env, warnings, infos, machine, under },
    /** Begins to keep it; once more is another replica. */
    keep: async () => {
      const started_at = await records.now();
      const config = () => current.config;
      running.push(
        runMaintenance(
          {
            records,
            known: createKnownTargets(),
            readApplying,
            clock,
            log,
            config,
            public_url: null,
            started_at,
          },
          ending.signal,
        ),
      );
      await untilRound();
    },
    /** Lets minutes pass, `step` of them with each round, and gives what was told in them. */
    pass: async (minutes: number, step = 1) => {
      const before = receiver.received.length;
      for (let minute = 0; minute < minutes; minute += step) {
        clock.advance(step * MINUTE_MS);
        await untilRound();
      }
      while ((await sender.sendDue(new AbortController().signal)) > 0);
      return receiver.received.slice(before).map(({ body }) => JSON.parse(body));
    },
    end: async () => {
      ending.abort();
      await Promise.all(running.splice(0));
      ending = new AbortController();
    },
  };
  onTestFinished(maintained.end);
  return maintained;
}

function readConfig(text: string, env: Readonly<Record<string, string>>): DaemonConfig {
  const { config, diagnostics } = parseConfig(text, "/etc/poolkeeper/poolkeeper.yaml", env);
  if (config === null) throw new Error(JSON.stringify(diagnostics));
  return config;
}

test("a target over which no pass is made any more is told of once, after ten polls, though two replicas look", async () => {
  const maintained = await openMaintenance(stateOf());
  await maintained.keep();
  await maintained.keep();
  expect(await maintained.pass(20)).toEqual([]);
  expect(await maintained.pass(1)).toMatchObject([
    {
      ...{ event: "stalled", target: "production", at: after(21) },
      details: { cause: "no_success", since: after(0), limit_ms: 20 * MINUTE_MS },
    },
  ]);
  expect(await maintained.pass(30)).toEqual([]);
  expect(maintained.warnings).toEqual([]);
});

test("a pass that applies for long is no standstill while it writes, and one once it has written nothing for ten polls", async () => {
  const maintained = await openMaintenance(stateOf());
  await maintained.keep();
  const write = (minute: number) => {
    const out_of_service = ["cluster.c1"] as const;
    maintained.under.applying = { since: after(1), last_write_at: after(minute), out_of_service };
  };
  for (let minute = 0; minute < 60; minute += 15) {
    write(minute);
    expect(await maintained.pass(15)).toEqual([]);
  }
  expect(await maintained.pass(5)).toEqual([]);
  const [message, ...more] = await maintained.pass(1);
  expect(more).toEqual([]);
  expect(message).toMatchObject({
    ...{ event: "stalled", details: { cause: "applying", since: after(45), limit_ms: 20 * MINUTE_MS } },
    status: { state: "OutOfSync", reason: "Applying" },
  });
  const text = JSON.stringify(message);
  expect(text).toContain("Out of service until then: cluster.c1.");
  expect(text).not.toMatch(/last run failed|matches the manifests/);
  expect(await maintained.pass(30)).toEqual([]);
});

test("after a start that followed hours without a look, nothing is told before ten polls went by without one", async () => {
  const maintained = await openMaintenance(stateOf());
  await maintained.pass(300, 300);
  await maintained.keep();
  expect(await maintained.pass(20)).toEqual([]);
  expect(await maintained.pass(1)).toMatchObject([{ event: "stalled", details: { since: after(0) } }]);
});

test("a plan that waits for an approval is told by its pass alone, and not again by a round", async () => {
  const waiting = { state: "AwaitingApproval", reason: "ApprovalNeeded", message: "", since: after(0) } as const;
  const last_pass = makePass({ kind: "held", held: [makeHeld()] }, { ended_at: after(0), started_at: after(0) });
  const maintained = await openMaintenance(stateOf({ status: waiting, last_pass }));
  await maintained.keep();
  expect(await maintained.pass(10)).toEqual([]);
});

test("a target that never came to anything counts from when it became so", async () => {
  const status = { state: "Failed", reason: "StepFailed", message: "", since: after(0) } as const;
  const maintained = await openMaintenance(stateOf({ status, last_success_at: null }));
  await maintained.keep();
  expect(await maintained.pass(20)).toEqual([]);
  expect(await maintained.pass(1)).toMatchObject([
    { event: "stalled", details: { cause: "no_success", since: after(0) } },
  ]);
});

test("a target that stands still a second time is told of again, once a pass has told the end of the first time", async () => {
  const maintained = await openMaintenance(stateOf());
  await maintained.keep();
  expect(await maintained.pass(21)).toHaveLength(1);
  await writeState(maintained.records, stateOf({ last_success_at: after(21), updated_at: after(21) }));
  const alarms = await maintained.records.readAlarms("production");
  expect(alarms).toMatchObject([{ type: "stalled", serial: 1, since: after(21), ended_at: null }]);
  // As the pass does that came to its end well, with the message that says so.
  for (const alarm of alarms) await maintained.records.addOutbox([], [{ ...alarm, ended_at: after(21) }]);
  expect(await maintained.pass(20)).toEqual([]);
  expect(await maintained.pass(1)).toMatchObject([{ details: { since: after(21) } }]);
  expect(await maintained.records.readAlarms("production")).toMatchObject([
    { serial: 2, since: after(42), ended_at: null },
  ]);
});

test("work that does not drain is told of after six hours, while passes are made", async () => {
  const status = {
    state: "Waiting",
    reason: "WorkInFlight",
    message: "Waiting for work to drain.",
    since: after(0),
  } as const;
  const maintained = await openMaintenance();
  await maintained.keep();
  const look = (minute: number) => writeState(maintained.records, stateOf({ status, updated_at: after(minute) }));
  for (let minute = 0; minute < 360; minute += 15) {
    await look(minute);
    expect(await maintained.pass(15, 15)).toEqual([]);
  }
  await look(360);
  expect(await maintained.pass(1)).toMatchObject([
    { event: "stalled", details: { cause: "waiting", since: after(0) } },
  ]);
});

test("a round tells nothing that a pass has to tell, and nothing of paused or former targets", async () => {
  const paused = { state: "Paused", reason: "TargetPaused", message: "", since: after(0) } as const;
  const maintained = await openMaintenance(
    stateOf({ status: paused, failures: 2, drift_since: after(0) }),
    stateOf({}, "former"),
  );
  await maintained.keep();
  expect(await maintained.pass(60)).toEqual([]);
});

test("after a reload the rounds go by the new configuration", async () => {
  const maintained = await openMaintenance(stateOf());
  await maintained.keep();
  maintained.current.config = readConfig(CONFIG.replace("poll: 2m", "poll: 10m"), maintained.env);
  expect(await maintained.pass(100)).toEqual([]);
  expect(await maintained.pass(1)).toMatchObject([{ details: { limit_ms: 100 * MINUTE_MS } }]);
});

const DAY = 24 * 60;
const PAUSED = { state: "Paused", reason: "TargetPaused", message: "", since: after(0) } as const;

/** The same with an audit, of which the entries are by their minutes. */
async function openAudited(...minutes: readonly number[]) {
  const maintained = await openMaintenance(stateOf({ status: PAUSED }));
  const { records } = maintained;
  const note = (minute: number) =>
    records.addAudit({
      ...{ id: randomUUID(), at: after(minute), target: null, who: "ops", via: "cli" },
      ...{ action: "pause", details: {} },
    });
  for (const minute of minutes) await note(minute);
  const moments = async () => (await records.readAudit(null, 10)).map(({ at }) => (Date.parse(at) - BEGIN) / MINUTE_MS);
  return { ...maintained, note, moments };
}

test("what is older than it is to be kept is removed every hour, and the log says how much of what", async () => {
  const { keep, pass, moments, infos } = await openAudited(-90, -30);
  await keep();
  expect(await moments()).toEqual([-30]);
  expect(infos).toEqual([{ removed: { audit_entry: 1 }, before: after(-60), changes_before: "" }]);
  await pass(59);
  expect(await moments()).toEqual([-30]);
  await pass(1);
  expect(await moments()).toEqual([]);
  await pass(60);
  expect(infos).toHaveLength(2);
});

test.each([20 * DAY, 400 * DAY, 90_000 * DAY])(
  "a clock that is %i minutes ahead while a daemon starts makes nothing old, and what it dates keeps nothing from going later",
  async (ahead) => {
    const { keep, pass, end, note, moments, machine, infos } = await openAudited(-30, -10);
    machine.ahead = ahead;
    await keep();
    await note(ahead);
    expect(await moments()).toEqual([ahead, -10, -30]);
    await end();
    expect(infos).toEqual([]);
    machine.ahead = 0;
    await keep();
    expect(await moments()).toEqual([ahead, -10, -30]);
    await pass(60, 60);
    expect(await moments()).toEqual([ahead]);
  },
);

/** Keeps what it has for two days. */
function keepLonger({ current, env }: Pick<Awaited<ReturnType<typeof openMaintenance>>, "current" | "env">): void {
  current.config = readConfig(CONFIG.replace("keep: 1h", "keep: 48h"), env);
}

test("what was dated by a clock that was years behind is kept as long as what was written once it was set, in that process and after it", async () => {
  const behind = -2000 * DAY;
  const maintained = await openAudited();
  const { keep, pass, end, note, moments, machine, records } = maintained;
  keepLonger(maintained);
  await writeState(records, stateOf({ status: PAUSED, updated_at: after(behind) }));
  machine.ahead = behind;
  await keep();
  await note(behind);
  machine.ahead = 0;
  await pass(30 * 60, 60);
  await note(30 * 60);
  await writeState(records, stateOf({ status: PAUSED, updated_at: after(30 * 60) }));
  expect(await moments()).toEqual([30 * 60, behind]);
  await end();
  await keep();
  await pass(2 * DAY, 60);
  expect(await moments()).toEqual([30 * 60, behind]);
  await pass(60, 60);
  expect(await moments()).toEqual([]);
});

test("what was dated by a clock that was behind for a moment stays as long as what was written before it", async () => {
  const { keep, pass, moments } = await openAudited(-90, -30, -2000 * DAY);
  await keep();
  expect(await moments()).toEqual([-2000 * DAY, -30]);
  await pass(60, 60);
  expect(await moments()).toEqual([]);
});

test("of a daemon that was off for longer than records are kept they stay, which the log says once, until what it writes since is as old", async () => {
  const maintained = await openAudited(-30);
  const { keep, pass, note, moments, infos } = maintained;
  keepLonger(maintained);
  await pass(30 * DAY, 30 * DAY);
  await keep();
  await note(30 * DAY);
  await pass(2 * DAY, 60);
  expect(await moments()).toEqual([30 * DAY, -30]);
  await pass(60, 60);
  expect(await moments()).toEqual([]);
  expect(infos).toMatchObject([{}, { removed: { audit_entry: 2 }, before: after(30 * DAY + 60) }]);
});

test("a store that fails is told to the log, and asked again a minute later", async () => {
  const maintained = await openMaintenance(stateOf());
  await maintained.keep();
  await maintained.close();
  await expect(maintained.pass(2)).rejects.toMatchObject({ name: "OperationalError" });
  expect(maintained.warnings).toHaveLength(2);
  await maintained.end();
});
