import { describe, expect, test } from "vitest";
import type { PolicyConfig, WindowConfig } from "../../../src/model/daemon/daemon-config.ts";
import { bindOverrides } from "../../../src/plan/policy/bind-overrides.ts";
import { decideWhatRuns } from "../../../src/plan/policy/decide-what-runs.ts";
import { change, planOf, step } from "./plan-of.ts";
import { approve, POLICY, situationOf } from "./situation-of.ts";

const PLAN = planOf({ changes: [change("queue.a", {})], steps: [step("queue.a", "update")] });

/** Closed at the time of the tests; `allow` is open an hour after midnight alone. */
function window(name: string, kind: WindowConfig["kind"], rest: Partial<WindowConfig> = {}): WindowConfig {
  const schedule = kind === "deny" ? "0 11 * * *" : "0 0 * * *";
  return { name, kind, schedule, duration_ms: kind === "deny" ? 7_200_000 : 3_600_000, time_zone: "UTC", ...rest };
}

type Holds = Partial<Pick<PolicyConfig, "freeze" | "windows">>;

/** What is held later under an approval that was given with overrides of all that stood then. */
function holdLater(then: Holds, now: Holds) {
  const given = approve(PLAN, { overrides: ["freeze", "window"] });
  const allowances = bindOverrides(given, { ...POLICY, ...then });
  const approvals = [{ ...given, approval: { ...given.approval, allowances } }];
  const { held } = decideWhatRuns(situationOf({ plan: PLAN, approvals, policy: now }));
  return held.map(({ reason, message }) => `${reason}: ${/is newer/.test(message) ? "came later" : message}`);
}

const [release, incident] = [{ reason: "Release 7" }, { reason: "Incident" }];
const [night, audit] = [window("night", "allow"), window("audit", "deny")];

describe("an approval that overrides freezes and windows", () => {
  test.each<readonly [string, Holds, Holds, readonly string[]]>([
    ["the freeze that stood", { freeze: release }, { freeze: release }, []],
    ["another freeze", { freeze: release }, { freeze: incident }, ["freeze: came later"]],
    ["a freeze where none stood", {}, { freeze: release }, ["freeze: came later"]],
    ["the windows that stood", { windows: [night, audit] }, { windows: [night, audit] }, []],
    ["one of those that stood", { windows: [night, audit] }, { windows: [audit] }, []],
    ["another window", { windows: [night] }, { windows: [night, audit] }, ["window: came later"]],
    ["a window where none stood", {}, { windows: [night] }, ["window: came later"]],
    [
      "a window that is another one by now",
      { windows: [audit] },
      { windows: [{ ...audit, schedule: "0 10 * * *", duration_ms: 10_800_000 }] },
      ["window: came later"],
    ],
    [
      "one that came later, and is closed",
      { windows: [audit] },
      { windows: [audit, window("fair", "deny", { schedule: "0 3 * * *" })] },
      [],
    ],
    [
      "a window, and a freeze that came later",
      { windows: [audit] },
      { windows: [audit], freeze: incident },
      ["freeze: came later"],
    ],
  ])("lets through what stood when it was given: %s", (_what, then, now, held) => {
    expect(holdLater(then, now)).toEqual(held);
  });

  test("of an earlier release, which did not keep what stood, lets none through", () => {
    const given = approve(PLAN, { overrides: ["freeze"], allowances: [] });
    const situation = situationOf({ plan: PLAN, approvals: [given], policy: { freeze: release } });
    expect(decideWhatRuns(situation).held).toMatchObject([{ reason: "freeze" }]);
  });
});
