import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KeptState, TargetState } from "../../src/model/daemon/daemon-records.ts";
import type { Destination } from "../../src/model/daemon/destination.ts";
import { APPROVAL_EVENTS, APPROVAL_TRANSITIONS, type ApprovalState } from "../../src/model/passes/approval.ts";
import type { KeptPlan } from "../../src/model/passes/pass.ts";
import { count } from "./count-answers.ts";
import { makeKeptPlan } from "./make-kept-plan.ts";
import {
  DIGEST,
  FUTURE,
  makeApproval,
  makeAudit,
  makeMessage,
  makePass,
  makeState,
  openRecords,
  PAST,
  writeState,
} from "./make-records.ts";

/** What the records of a daemon promise, as tests that every database has to pass. `makeLocation` names a store that is empty. */
export function describeRecords(database: string, makeLocation: () => Promise<string>): void {
  const openEmpty = async () => openRecords(await makeLocation());
  /** Several replicas on one store. */
  const openReplicas = async () => {
    const location = await makeLocation();
    return Promise.all([1, 2, 3, 4].map(() => openRecords(location)));
  };

  describe(`what a daemon keeps in ${database}`, () => {
    test("the state of a target is replaced as a whole, and all are listed by name", async () => {
      const records = await openEmpty();
      const state = makeState();
      expect([await records.readState("prod"), await records.readStates()]).toEqual([null, []]);
      await writeState(records, state);
      await writeState(records, { ...state, target: "dev" });
      await writeState(records, { ...state, failures: 2 });
      expect(await records.readState("prod")).toEqual({ ...state, failures: 2 });
      expect((await records.readStates()).map(({ target }) => target)).toEqual(["dev", "prod"]);
    });

    test("no change of a state is lost to one that another replica makes at the same time", async () => {
      const replicas = await openReplicas();
      const addOne = (kept: KeptState | null) => makeState({ failures: (kept?.failures ?? 0) + 1 });
      const rounds = Array.from({ length: 20 }, (_, round) => replicas[round % replicas.length]);
      await Promise.all(rounds.map((records) => records?.changeState("prod", addOne)));
      expect(await replicas[0]?.readState("prod")).toMatchObject({ failures: rounds.length });
    });

    test("approvals end if and only if the state that ends them is on record", async () => {
      const records = await openEmpty();
      const approval = makeApproval();
      await records.addApproval(approval, makeAudit());
      const along = { ends: [{ id: approval.id, event: "supersede" }] } as const;
      const readEnds = async () => (await records.readApprovals("prod")).map(({ state }) => state);
      const refuse = () => {
        throw new Error("another pass was made");
      };
      await expect(records.changeState("prod", refuse, along)).rejects.toThrow("another pass was made");
      await records.changeState("prod", () => null, along);
      expect([await records.readState("prod"), await readEnds()]).toEqual([null, ["open"]]);
      await writeState(records, makeState(), along);
      expect(await readEnds()).toEqual(["superseded"]);
    });

    test("a state that an earlier release wrote has nothing that was set back", async () => {
      const records = await openEmpty();
      const { contests: _none, ...written } = makeState({ failures: 1 });
      await writeState(records, written as TargetState);
      const read = { ...written, contests: [] };
      expect([await records.readState("prod"), await records.readStates()]).toEqual([read, [read]]);
    });

    test("why pull requests can't be looked at is kept since it began, until a look succeeds", async () => {
      const records = await openEmpty();
      const refused = { code: "forge_refused", message: "The forge refuses the token.", nextMs: 60_000 };
      const noted = [
        await records.noteRequestsTrouble("prod", null),
        await records.noteRequestsTrouble("prod", refused),
      ];
      const first = await records.readRequestsTrouble("prod");
      const down = { code: "forge_unreachable", message: "It does not answer.", nextMs: 120_000 };
      noted.push(await records.noteRequestsTrouble("prod", down));
      const second = await records.readRequestsTrouble("prod");
      expect(first).toMatchObject({ code: "forge_refused", message: "The forge refuses the token." });
      expect(second).toMatchObject({ code: "forge_unreachable", message: "It does not answer.", since: first?.since });
      expect(Date.parse(second?.next_at ?? "")).toBeGreaterThan(Date.parse(first?.next_at ?? ""));
      expect(await records.readRequestsTrouble("dev")).toBeNull();
      noted.push(await records.noteRequestsTrouble("prod", null));
      expect([...noted, await records.readRequestsTrouble("prod")]).toEqual([false, true, false, true, null]);
    });

    test("passes come newest first, of one target, as many as are asked for, and one by its id", async () => {
      const records = await openEmpty();
      const [old, middle, young] = ["10", "11", "12"].map((hour) =>
        makePass({ started_at: `2026-11-01T${hour}:00:00.000Z` }),
      );
      for (const pass of [old, middle, young, makePass({ target: "dev" })]) if (pass) await records.recordPass(pass);
      expect(await records.readPasses("prod", 2)).toEqual([young, middle]);
      expect([await records.readPass(old?.id ?? ""), await records.readPass("none")]).toEqual([old, null]);
    });

    test("a plan of five megabytes is kept once for each digest and comes back as it was", async () => {
      const records = await openEmpty();
      const plan = makeKeptPlan({ digest: DIGEST, bytes: 5_000_000 });
      await records.keepPlan(plan);
      expect(await records.readPlan("prod", DIGEST)).toEqual(plan);
      const again = { ...plan, revision: "def", made_at: "2026-11-02T12:00:00.000Z" };
      await records.keepPlan(again);
      expect(await records.findPlans(DIGEST)).toEqual([again]);
      // Whoever asks while another one uses it gets the same: several copies might not fit into memory.
      const [[one], other] = await Promise.all([records.findPlans(DIGEST), records.readPlan("prod", DIGEST)]);
      expect(one?.plan).toBe(other?.plan);
      expect((await records.readPlan("prod", DIGEST))?.plan).toBe(one?.plan);
    });

    test.each(["1.0", "2.0", "3.1", "4.0", undefined])(
      "a plan of the format %s, which this release does not read, is not given out as one of today's",
      async (format_version) => {
        const records = await openEmpty();
        const plan = makeKeptPlan({ digest: DIGEST });
        await records.keepPlan({ ...plan, plan: { ...plan.plan, format_version: format_version as "3.0" } });
        expect([await records.readPlan("prod", DIGEST), await records.findPlans(DIGEST)]).toEqual([null, []]);
        await records.keepPlan(plan);
        expect(await records.readPlan("prod", DIGEST)).toEqual(plan);
      },
    );

    test("a plan is written again only when it is another one than the latest, which it then is", async () => {
      const records = await openEmpty();
      const [plan, other] = [makeKeptPlan({ digest: DIGEST }), makeKeptPlan({ digest: "f".repeat(64) })];
      const at = (hour: number, kept: KeptPlan) => ({ ...kept, made_at: `2026-11-02T0${hour}:00:00.000Z` });
      const changed = { ...plan, plan: { ...plan.plan, unmanaged: ["cluster.new"] } };
      const rounds: readonly (readonly [KeptPlan, KeptPlan])[] = [
        [at(1, plan), at(1, plan)],
        [at(2, plan), at(1, plan)],
        [at(3, changed), at(3, changed)],
        [at(4, changed), at(3, changed)],
        [at(5, { ...changed, revision: "def" }), at(5, { ...changed, revision: "def" })],
        [at(6, other), at(6, other)],
        [at(7, changed), at(7, changed)],
      ];
      for (const [kept, latest] of rounds) {
        await records.keepPlan(kept);
        expect(await records.readPlan("prod", kept.digest)).toEqual(latest);
      }
      await records.keepPlan(at(8, { ...changed, target: "dev" }));
      expect(await records.readPlan("dev", DIGEST)).toEqual(at(8, { ...changed, target: "dev" }));
    });

    test("plans are found by a beginning of 32 digits or more, newest first, and one by its whole digest", async () => {
      const records = await openEmpty();
      const [first, second] = [
        makeKeptPlan({ digest: DIGEST }),
        makeKeptPlan({ digest: `${DIGEST.slice(0, 40)}${"f".repeat(24)}` }),
      ];
      await records.keepPlan(second);
      await records.keepPlan({ ...first, made_at: "2026-11-02T12:00:00.000Z" });
      const found = async (digest: string) => (await records.findPlans(digest)).map((plan) => plan.digest);
      expect(await found(DIGEST.slice(0, 31))).toEqual([]);
      expect(await found(DIGEST.slice(0, 32))).toEqual([first.digest, second.digest]);
      expect(await found(`${DIGEST.slice(0, 40)}f`)).toEqual([second.digest]);
      expect(await found(`${DIGEST.slice(0, 40)}e`)).toEqual([]);
      expect([await found(`${DIGEST.slice(0, 31)}%`), await found(`${DIGEST.slice(0, 31)}_`)]).toEqual([[], []]);
      expect((await records.readPlan("prod", second.digest))?.digest).toBe(second.digest);
      expect(await records.readPlan("prod", second.digest.slice(0, 63))).toBeNull();
      expect(await records.readPlan("dev", first.digest)).toBeNull();
    });

    test("an alarm is kept once for each target, type and subject, also when it is over", async () => {
      const records = await openEmpty();
      const alarm = { target: "prod", type: "failed", subject: "", serial: 1, since: PAST, ended_at: null } as const;
      const queue = { ...alarm, type: "queue_unreachable", subject: "gpu" } as const;
      await records.addOutbox([], [queue, alarm, { ...alarm, target: "dev" }]);
      await records.addOutbox([], [{ ...alarm, ended_at: PAST }]);
      expect(await records.readAlarms("prod")).toEqual([{ ...alarm, ended_at: PAST }, queue]);
      await records.addOutbox([makeMessage()], [{ ...alarm, serial: 2, since: FUTURE }]);
      expect(await records.readAlarms("prod")).toEqual([{ ...alarm, serial: 2, since: FUTURE }, queue]);
    });

    test("requests are there until they are ended, oldest first", async () => {
      const records = await openEmpty();
      const make = (id: string, at: string, destination: Destination) => ({
        id,
        target: "prod",
        by: "ada",
        at,
        destination,
      });
      const first = make("b", PAST, { kind: "pin", revision: "abc" });
      const second = make("a", "2026-02-01T00:00:00.000Z", { kind: "follow" });
      await records.addRequest(second, makeAudit());
      await records.addRequest(first, makeAudit());
      await records.addRequest(first, makeAudit());
      expect([await records.readRequests("prod"), await records.readRequests("dev")]).toEqual([[first, second], []]);
      await records.endRequests([first.id, "none"]);
      await records.endRequests([]);
      expect(await records.readRequests("prod")).toEqual([second]);
    });

    test("applied revisions and audit come newest first", async () => {
      const records = await openEmpty();
      const applied = {
        target: "prod",
        revision: "abc",
        at: PAST,
        digest: DIGEST,
        pass: "1",
        approval: null,
        place: "main:prod",
      };
      await records.recordApplied(applied, makeAudit());
      await records.recordApplied({ ...applied, pass: "2", at: FUTURE }, makeAudit());
      // Written again because its answer was lost.
      await records.recordApplied(applied, makeAudit());
      expect((await records.readApplied("prod", 5)).map(({ pass }) => pass)).toEqual(["2", "1"]);
      expect(await records.readApplied("prod", 1)).toHaveLength(1);
      const entry = {
        id: "1",
        at: PAST,
        target: "prod",
        who: "ada",
        via: "api",
        action: "pause",
        details: { of: ["x"] },
      };
      await records.addAudit(entry);
      await records.addAudit({ ...entry, id: "2", at: FUTURE, target: null });
      expect(await records.readAudit("prod", 5)).toEqual([entry]);
      const all = (await records.readAudit(null, 9)).filter(({ target }) => target !== "elsewhere");
      expect(all.map(({ id }) => id)).toEqual(["2", "1"]);
      expect(await records.readAudit(null, 1)).toMatchObject([{ id: "2" }]);
      await records.addAudit({ ...entry, id: "3", action: "resume" });
      expect((await records.readAudit("prod", 1, "pause")).map(({ id }) => id)).toEqual(["1"]);
      expect((await records.readAudit(null, 9, "pause")).map(({ id }) => id)).toEqual(["2", "1"]);
      expect(await records.readAudit("elsewhere", 9, "pause")).toEqual([]);
    });

    test("sightings are replaced as a whole", async () => {
      const records = await openEmpty();
      const sighting = { address: "queue.batch", difference: "x", first_at: PAST, count: 2 } as const;
      expect(await records.readSightings("prod")).toEqual([]);
      await records.writeSightings("prod", [sighting]);
      await records.writeSightings("prod", [{ ...sighting, count: 3 }]);
      expect([await records.readSightings("prod"), await records.readSightings("dev")]).toEqual([
        [{ ...sighting, count: 3 }],
        [],
      ]);
    });
  });

  describe(`what a daemon keeps in ${database} while its clock goes back`, () => {
    /** Each an hour before the one that was written before it. */
    const times = ["12", "11", "10"].map((hour) => `2026-11-01T${hour}:00:00.000Z`);

    test("passes, applied revisions, audit and approvals come in the order in which they were written", async () => {
      const records = await openEmpty();
      for (const [index, at] of times.entries()) {
        const id = `${index}`;
        await records.recordPass(makePass({ id, started_at: at, ended_at: at }));
        const applied = { target: "prod", revision: id, at, digest: DIGEST, pass: id, approval: null, place: null };
        await records.recordApplied(applied, makeAudit({ id: `audit ${id}`, at, target: "prod" }));
        const done = makeApproval({ id, at, digest: id.repeat(64), state: "done" });
        await records.addApproval(done, makeAudit());
      }
      // What is written again because its answer was lost keeps its place.
      await records.recordPass(makePass({ id: "0", started_at: times[0] ?? "", ended_at: times[0] ?? "" }));
      expect((await records.readPasses("prod", 9)).map(({ id }) => id)).toEqual(["2", "1", "0"]);
      expect(await records.readPasses("prod", 1)).toMatchObject([{ id: "2", started_at: times[2] }]);
      expect((await records.readApplied("prod", 9)).map(({ pass }) => pass)).toEqual(["2", "1", "0"]);
      expect((await records.readAudit("prod", 9)).map(({ id }) => id)).toEqual(["audit 2", "audit 1", "audit 0"]);
      expect((await records.readApprovals("prod")).map(({ id }) => id)).toEqual(["2", "1", "0"]);
      for (const row of [
        ...(await records.readPasses("prod", 9)),
        ...(await records.readApplied("prod", 9)),
        ...(await records.readAudit("prod", 9)),
        ...(await records.readApprovals("prod")),
      ])
        expect(row).not.toHaveProperty("seq");
    });

    test("the plan that was made last is the latest: it is found first, and written again where another one came since", async () => {
      const records = await openEmpty();
      const [plan, other] = ["a", "b"].map((end) => makeKeptPlan({ digest: `${DIGEST.slice(0, 63)}${end}` }));
      if (plan === undefined || other === undefined) expect.fail();
      const [first = "", second = "", third = ""] = times;
      await records.keepPlan({ ...plan, made_at: first });
      await records.keepPlan({ ...other, made_at: second });
      const found = async () => (await records.findPlans(DIGEST.slice(0, 63))).map(({ digest }) => digest);
      expect(await found()).toEqual([other.digest, plan.digest]);
      await records.keepPlan({ ...plan, made_at: third });
      expect(await found()).toEqual([plan.digest, other.digest]);
      expect(await records.readPlan("prod", plan.digest)).toEqual({ ...plan, made_at: third });
      // As it is the latest, it is left as it is.
      await records.keepPlan({ ...plan, made_at: second });
      expect(await records.readPlan("prod", plan.digest)).toEqual({ ...plan, made_at: third });
    });
  });

  describe(`an approval in ${database}`, () => {
    test("of several for one digest one counts, until it has ended; another target's is another", async () => {
      const replicas = await openReplicas();
      const [records = expect.fail()] = replicas;
      for (const round of [1, 2, 3]) {
        expect(
          count(await Promise.all(replicas.map((replica) => replica.addApproval(makeApproval(), makeAudit())))),
        ).toBe(1);
        const [newest] = (await records.readApprovals("prod")).filter(({ state }) => state === "open");
        expect(await records.readApprovals("prod")).toHaveLength(round);
        expect(await records.moveApproval(newest?.id ?? "", "begin")).toBe(true);
        expect(await records.addApproval(makeApproval(), makeAudit())).toBe(false);
        expect(await records.moveApproval(newest?.id ?? "", "finish")).toBe(true);
      }
      expect(await records.addApproval(makeApproval({ target: "dev" }), makeAudit())).toBe(true);
    });

    test("it is ended by one of those who try at once", async () => {
      const replicas = await openReplicas();
      const [records = expect.fail()] = replicas;
      const approval = makeApproval();
      await records.addApproval(approval, makeAudit());
      const moves = replicas.map((replica) => replica.moveApproval(approval.id, "finish"));
      expect(count(await Promise.all(moves))).toBe(1);
      expect(await records.readApprovals("prod")).toEqual([{ ...approval, state: "done" }]);
      expect(await records.moveApproval("no such approval", "finish")).toBe(false);
    });

    test("whatever happens to it, it moves as the table says, and nothing else does", async () => {
      const records = await openEmpty();
      const events = fc.array(fc.constantFrom(...APPROVAL_EVENTS), { minLength: 1, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(events, async (happened) => {
          const [approval, other] = [makeApproval({ target: randomUUID() }), makeApproval({ target: randomUUID() })];
          await records.addApproval(approval, makeAudit());
          await records.addApproval(other, makeAudit());
          let state: ApprovalState = "open";
          for (const event of happened) {
            const next: ApprovalState | null = APPROVAL_TRANSITIONS[state][event];
            expect(await records.moveApproval(approval.id, event)).toBe(next !== null);
            state = next ?? state;
            expect(await records.readApprovals(approval.target)).toEqual([{ ...approval, state }]);
          }
          expect(await records.readApprovals(other.target)).toEqual([other]);
        }),
        { numRuns: 20 },
      );
    });

    test("one gives way to another that names it, and only once", async () => {
      const replicas = await openReplicas();
      const [records = expect.fail()] = replicas;
      const narrow = makeApproval();
      await records.addApproval(narrow, makeAudit());
      const wider = replicas.map((replica) =>
        replica.addApproval(makeApproval({ at: FUTURE, overrides: ["paused"] }), makeAudit(), { former: narrow.id }),
      );
      expect(count(await Promise.all(wider))).toBe(1);
      expect((await records.readApprovals("prod")).map(({ state }) => state)).toEqual(["open", "superseded"]);
      expect(await records.addApproval(makeApproval(), makeAudit(), { former: narrow.id })).toBe(false);
    });

    test("one that has begun does not end with its time", async () => {
      const records = await openEmpty();
      const late = makeApproval({ expires_at: PAST });
      await records.addApproval(late, makeAudit());
      await records.moveApproval(late.id, "begin");
      expect(await records.addApproval(makeApproval(), makeAudit())).toBe(false);
      expect(await records.readApprovals("prod")).toEqual([{ ...late, state: "running" }]);
    });

    test("one whose time is over stands in nobody's way", async () => {
      const records = await openEmpty();
      const late = makeApproval({ expires_at: PAST });
      await records.addApproval(late, makeAudit());
      const next = makeApproval({ at: FUTURE });
      expect(await records.addApproval(next, makeAudit())).toBe(true);
      expect(await records.readApprovals("prod")).toEqual([next, { ...late, state: "expired" }]);
    });
  });

  test(`the time of ${database} is told as every time is`, async () => {
    expect(await (await openEmpty()).now()).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
}
