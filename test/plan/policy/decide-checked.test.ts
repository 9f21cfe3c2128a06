import { describe, expect, test } from "vitest";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { blockRest } from "../../../src/plan/policy/block-rest.ts";
import { type Decision, decideWhatRuns } from "../../../src/plan/policy/decide-what-runs.ts";
import { change, planOf, step } from "./plan-of.ts";
import { approve, NOW, situationOf } from "./situation-of.ts";

describe("a check that fails", () => {
  const move = change("cluster.east", { action: "move", action_reason: "pool_differs" });
  const drifted = change("queue.by-hand", { origin: "drift" });
  const failAt = (...addresses: readonly string[]) =>
    ({ name: "max-disruption-share", status: "fail", message: "Too much.", addresses }) as const;
  const planWith = (...addresses: readonly string[]) =>
    planOf({
      changes: [move, drifted, change("queue.fast")],
      steps: [step("cluster.east", "move"), step("queue.by-hand", "update"), step("queue.fast", "update")],
      checks: [failAt(...addresses)],
      applyable: false,
    });
  const decide = (plan: Plan, rest: Parameters<typeof situationOf>[0] = {}) =>
    decideWhatRuns(situationOf({ plan, drift: { action: "report" }, ...rest }));

  test("at what waits for an approval holds what would run by itself, too", () => {
    const { run, blocked, exclude, held } = decide(planWith("cluster.east"));
    expect([run, exclude, blocked]).toEqual(["none", [], [failAt("cluster.east")]]);
    expect(held.map(({ address, reason }) => [address, reason])).toEqual([
      ["cluster.east", "approval"],
      ["queue.by-hand", "drift_report"],
      ["queue.fast", "check"],
    ]);
  });

  test("at what is paused holds all of the plan", () => {
    const pause = {
      id: "p",
      target: "prod",
      address: "cluster.east",
      by: "ops",
      reason: "",
      at: NOW,
      until: null,
    } as const;
    expect(decide(planWith("cluster.east"), { pauses: [pause] })).toMatchObject({ run: "none" });
  });

  test("only without what a closed window holds keeps what was begun waiting for the window, and nothing of it runs", () => {
    const windows = [
      { name: "no", kind: "deny", schedule: "* * * * *", duration_ms: 120_000, time_zone: "UTC" },
    ] as const;
    const begunMove = { ...move, before: { state: "drained" } };
    const plan = planOf({
      changes: [begunMove, change("queue.fast")],
      steps: [step("cluster.east", "move"), step("queue.fast", "update")],
    });
    const situation = situationOf({ plan, policy: { auto_apply: "all", windows }, begun: new Set(["cluster.east"]) });
    const decision = decideWhatRuns(situation);
    expect(decision).toMatchObject({ run: "part", exclude: ["queue.fast"] });
    const rest = { part: { ...plan, changes: [begunMove], checks: [failAt("queue.fast")] }, ...situation };
    const stopped = blockRest(decision, rest);
    expect(stopped).toMatchObject({ run: "none", exclude: [], blocked: [], approval: null });
    const message = "Fails as long as queue.fast is held: Too much.";
    expect(stopped.rest).toEqual({
      without: ["queue.fast"],
      checks: [{ ...failAt("queue.fast"), message }],
    });
    const [held] = decision.held;
    expect(stopped.held).toEqual([held, { ...held, address: "cluster.east", message, out_of_service: true }]);
    const paused = { ...decision, held: decision.held.map((one) => ({ ...one, reason: "paused" as const })) };
    expect(blockRest(paused, rest).blocked).toHaveLength(1);
  });

  test("without what waits for an approval as well as for a window blocks the rest whether the window is open or closed", () => {
    const closing = {
      name: "no",
      kind: "deny",
      schedule: "* * * * *",
      duration_ms: 120_000,
      time_zone: "UTC",
    } as const;
    const begunUpdate = change("queue.fast");
    const plan = planOf({
      changes: [begunUpdate, move],
      steps: [step("queue.fast", "update"), step("cluster.east", "move")],
    });
    for (const windows of [[], [closing]]) {
      const situation = situationOf({ plan, policy: { windows }, begun: new Set(["queue.fast"]) });
      const decision = decideWhatRuns(situation);
      const reason = windows.length === 0 ? "approval" : "window";
      expect(decision).toMatchObject({ run: "part", held: [{ address: "cluster.east", reason }] });
      const part = { ...plan, changes: [begunUpdate], checks: [failAt("queue.fast")] };
      const stopped = blockRest(decision, { part, ...situation });
      expect(stopped).toMatchObject({
        run: "none",
        without: ["cluster.east"],
        blocked: [{ name: "max-disruption-share" }],
      });
      expect(stopped.held).toEqual(decision.held);
    }
  });

  describe("because of what is paused", () => {
    const by = { id: "p", target: "prod", by: "ops", reason: "", at: "2026-06-01T09:00:00.000Z", until: null } as const;
    const pauses = [{ ...by, address: "cluster.east" }] as const;
    /** At a queue that the plan does not write to. */
    const plan = planWith("queue.default");
    const apart = { without: ["cluster.east"], checks: [] } as const;

    test("holds nothing else where the rest is known to pass, and is what stops that once it is resumed", () => {
      const { run, blocked, exclude, held, aside } = decide(plan, { pauses, apart });
      expect([run, blocked, exclude]).toEqual(["part", [], ["cluster.east", "queue.by-hand"]]);
      expect(aside).toEqual(["cluster.east", "queue.by-hand"]);
      const then = "Once it may run: The check max-disruption-share of the plan fails: Too much.";
      const paused = held.find(({ address }) => address === "cluster.east");
      expect(paused).toMatchObject({ reason: "paused", message: expect.stringContaining(then) });
    });

    test("lets the paused change be what is held where nothing else would run", () => {
      const changes = [move];
      const steps = [step("cluster.east", "move")];
      const alone = planOf({ changes, steps, checks: [failAt("queue.default")], applyable: false });
      expect(decide(alone, { pauses })).toMatchObject({ run: "none", blocked: [{ name: "max-disruption-share" }] });
      const { run, blocked, held } = decide(alone, { pauses, apart });
      expect([run, blocked, held.map(({ reason }) => reason)]).toEqual(["none", [], ["paused"]]);
    });

    test("holds all of it where the rest fails it, too, and says without what", () => {
      const failing = { ...apart, checks: [failAt("queue.fast")] };
      expect(decide(plan, { pauses, apart: failing })).toMatchObject({
        ...{ run: "none", blocked: [failAt("queue.default")], without: ["cluster.east"] },
      });
    });

    test("holds all of it where it guards against a wrong folder, whatever is held", () => {
      for (const name of ["empty-set", "other-folder"] as const) {
        const wrong = { ...plan, checks: [{ ...failAt(), name }] };
        expect(decide(wrong, { pauses, apart })).toMatchObject({ run: "none", blocked: [{ name }] });
      }
    });

    test("holds all of it again once the pause is over, or overridden", () => {
      expect(decide(plan, { apart })).toMatchObject({ run: "none", blocked: [failAt("queue.default")] });
      const overridden = [approve(plan, { overrides: ["paused"] })];
      expect(decide(plan, { pauses, apart, approvals: overridden })).toMatchObject({
        ...{ run: "none", blocked: [failAt("queue.default")], approval: null },
      });
      const both = [approve(plan, { overrides: ["paused", "max-disruption-share"] })];
      expect(decide(plan, { pauses, apart, approvals: both })).toMatchObject({ run: "part", blocked: [] });
    });

    test("is held by a closed window only where nothing has begun that may continue meanwhile", () => {
      const windows = [
        { name: "w", kind: "deny", schedule: "0 11 * * *", duration_ms: 7_200_000, time_zone: "UTC" },
      ] as const;
      const all = ["cluster.east", "queue.by-hand", "queue.fast"] as const;
      const closed = { policy: { windows }, apart: { without: all, checks: [] } };
      expect(decide(plan, closed)).toMatchObject({ run: "none", blocked: [] });
      const begun = new Set(["queue.fast"]);
      expect(decide(plan, { ...closed, begun })).toMatchObject({ run: "none", blocked: [failAt("queue.default")] });
    });
  });

  describe("where all of the plan stays as it was changed outside", () => {
    const lost = (...addresses: readonly string[]) => ({ ...failAt(...addresses), name: "black-hole" }) as const;
    const planOfDrift = (...addresses: readonly string[]) =>
      planOf({ changes: [drifted], steps: [step("queue.by-hand", "update")], checks: [lost(...addresses)] });
    const failingApart = (...addresses: readonly string[]) =>
      ({ without: ["queue.by-hand"], checks: [lost(...addresses)] }) as const;

    test("counts where it is known to fail without any of it, also at the changed object, or beside it", () => {
      for (const place of ["queue.by-hand", "cluster.gone"]) {
        const plan = planOfDrift("queue.by-hand", "cluster.gone");
        expect(decide(plan, { apart: failingApart(place) })).toMatchObject({
          run: "none",
          blocked: [lost("queue.by-hand", "cluster.gone")],
        });
        expect(decide(plan, { apart: { ...failingApart(place), checks: [] } })).toMatchObject({
          run: "none",
          blocked: [],
        });
      }
    });

    test("is over once it is overridden, and with the whole target paused only with that", () => {
      const plan = planOfDrift("cluster.gone");
      const approvals = [approve(plan, { overrides: ["black-hole"] })];
      const known = { approvals, apart: failingApart("cluster.gone") };
      expect(decide(plan, known)).toMatchObject({
        run: "part",
        exclude: ["queue.by-hand"],
        approval: { rollout: "opens" },
      });
      expect(decide(plan, { approvals, apart: { ...known.apart, checks: [] } })).toMatchObject({
        run: "none",
        approval: null,
      });
      const pause = { id: "p", target: "prod", address: null, by: "ops", reason: "", at: NOW, until: null } as const;
      expect(decide(plan, { ...known, pauses: [pause] })).toMatchObject({ run: "none", approval: null });
    });
  });

  test("only at what stays as it was changed outside holds nothing else", () => {
    const { run, blocked, exclude } = decide(planWith("queue.by-hand"));
    expect([run, exclude, blocked]).toEqual(["part", ["cluster.east", "queue.by-hand"], []]);
  });

  test("at what was changed outside and is undone, or at something else as well, holds all of it", () => {
    expect(decide(planWith("queue.by-hand"), { drift: { action: "revert" } })).toMatchObject({ run: "none" });
    expect(decide(planWith("queue.by-hand", "cluster.east"))).toMatchObject({ run: "none" });
    expect(decide(planWith())).toMatchObject({ run: "none" });
  });

  test("where more breaks than was shown is let through by no approval, and none is used up by it", () => {
    const planFor = (...concerns: readonly string[]) =>
      planOf({
        changes: [drifted, change("queue.fast")],
        steps: [step("queue.by-hand", "update"), step("queue.fast", "update")],
        checks: [{ ...failAt("queue.by-hand"), concerns }],
        applyable: false,
      });
    const approvals = [approve(planFor("cluster.shown"), { overrides: ["max-disruption-share"] })];
    expect(decide(planFor("cluster.shown"), { approvals }).approval).not.toBeNull();
    expect(decide(planFor("cluster.shown", "cluster.later"), { approvals })).toMatchObject({
      ...{ run: "part", exclude: ["queue.by-hand"], approval: null, allow: [] },
    });
  });

  test("that an approval overrides holds nothing, also while something else holds the plan", () => {
    const plan = planWith("cluster.east");
    const approvals = [approve(plan, { overrides: ["max-disruption-share"] })];
    expect(decide(plan, { approvals })).toMatchObject({ run: "part", blocked: [], exclude: ["queue.by-hand"] });
    const frozen = decide(plan, { approvals, policy: { freeze: { reason: "x" } } });
    expect([frozen.run, frozen.blocked, frozen.held.map(({ reason }) => reason)]).toEqual([
      "none",
      [],
      ["freeze", "freeze", "freeze"],
    ]);
  });
});

describe("what an interrupted delete took along", () => {
  const ROW = "execution_cluster_label.team1/development/mine";
  const back = change(ROW, { before: null, action: "put_back", action_reason: "displaced" });
  const gone = change(ROW, { action: "delete", after: null, action_reason: "no_manifest" });
  const fast = change("queue.fast");
  const plan = planOf({
    changes: [gone, back, fast],
    steps: [step(ROW, "create", { phase: "put-back" }), step(ROW, "delete"), step("queue.fast", "update")],
  });
  const failed = [{ name: "references", status: "fail", message: "Gone.", addresses: [] }] as const;
  const reasonsOf = ({ held }: Decision) => held.map(({ address, reason }) => [address, reason]);

  test("is put back whatever becomes of the row then", () => {
    const decision = decideWhatRuns(situationOf({ plan, policy: { auto_apply: "update" } }));
    expect(decision).toMatchObject({ run: "part", exclude: [ROW], put_back: [ROW] });
    expect(reasonsOf(decision)).toEqual([[ROW, "approval"]]);
  });

  test("is put back where a check fails that concerns no write, and nothing else runs then", () => {
    const decision = decideWhatRuns(situationOf({ plan: { ...plan, checks: failed, applyable: false } }));
    expect(decision).toMatchObject({ run: "none", exclude: [], put_back: [ROW] });
  });

  test("is put back where only what is left of the rest fails a check, and nothing of that runs then", () => {
    const situation = situationOf({ plan, policy: { auto_apply: "update" } });
    const decision = decideWhatRuns(situation);
    const stopped = blockRest(decision, { part: { ...plan, checks: failed }, ...situation });
    const message = `Fails as long as ${ROW} is held: Gone.`;
    const blocked = failed.map((check) => ({ ...check, message }));
    expect(stopped).toMatchObject({
      run: "none",
      exclude: [],
      put_back: [ROW],
      blocked,
      approval: null,
      without: [ROW],
    });
  });

  test("stays away while somebody has paused the target", () => {
    const pause = { id: "p", target: "prod", address: null, by: "ops", reason: "", at: NOW, until: null };
    const alone = { ...plan, changes: [back], steps: [step(ROW, "create", { phase: "put-back" })] };
    const decision = decideWhatRuns(situationOf({ plan: alone, pauses: [pause] }));
    expect(decision).toMatchObject({ run: "none", put_back: [] });
    expect(reasonsOf(decision)).toEqual([[ROW, "paused"]]);
    const frozen = { policy: { freeze: { reason: "x" } } };
    expect(decideWhatRuns(situationOf({ plan: alone, ...frozen }))).toMatchObject({ run: "all", put_back: [ROW] });
  });

  describe("and is paused by itself", () => {
    const pauses = [{ id: "p", target: "prod", address: ROW, by: "ops", reason: "", at: NOW, until: null }] as const;

    test("stays away, and all else runs", () => {
      const beside = planOf({
        changes: [back, fast],
        steps: [step(ROW, "create", { phase: "put-back" }), step("queue.fast", "update")],
      });
      const decision = decideWhatRuns(situationOf({ plan: beside, pauses }));
      expect(decision).toMatchObject({ run: "part", exclude: [ROW], put_back: [] });
      expect(reasonsOf(decision)).toEqual([[ROW, "paused"]]);
    });

    test("stays away with what is done on top of it, whatever an approval lets through", () => {
      const approvals = [approve(plan, { overrides: ["paused"], at: "2026-06-30T11:00:00.000Z" })];
      for (const given of [[], approvals]) {
        const decision = decideWhatRuns(situationOf({ plan, pauses, approvals: given }));
        expect(decision).toMatchObject({ run: "part", exclude: [ROW, `${ROW} as it was`], put_back: [] });
        expect(reasonsOf(decision)).toEqual([[ROW, "paused"]]);
      }
    });

    test("keeps what comes after it waiting, and is no plan of its own", () => {
      const first = step(ROW, "create", { phase: "put-back" });
      const after = planOf({
        changes: [back, fast],
        steps: [first, step("queue.fast", "update", { after: [first.id] })],
      });
      const decision = decideWhatRuns(situationOf({ plan: after, pauses }));
      expect(decision).toMatchObject({ run: "none", put_back: [] });
      expect(reasonsOf(decision).sort()).toEqual([
        [ROW, "paused"],
        ["queue.fast", "paused"],
      ]);
    });

    test("keeps no other put-back away", () => {
      const other = "execution_cluster_label.team2/development/mine";
      const both = planOf({
        changes: [back, change(other, { before: null, action: "put_back", action_reason: "displaced" })],
        steps: [step(ROW, "create", { phase: "put-back" }), step(other, "create", { phase: "put-back" })],
      });
      const decision = decideWhatRuns(situationOf({ plan: both, pauses }));
      expect(decision).toMatchObject({ put_back: [other] });
      expect(reasonsOf(decision)).toEqual([[ROW, "paused"]]);
    });
  });
});
