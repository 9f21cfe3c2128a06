import { describe, expect, test } from "vitest";
import type { PassOutcome } from "../../../src/model/passes/pass.ts";
import { makeEntry } from "../../model/make-entry.ts";
import { answerInTerminal, ENDING_KEYS, type TerminalAnswer } from "../answer-in-terminal.ts";
import { REPOSITORY } from "../manifests.ts";
import { planInProcess } from "../plan-in-process.ts";
import { openDesk } from "../run-program.ts";
import { type Daemon, DIGEST, SYNCED, serveDaemon } from "./serve-daemon.ts";

async function serveWithPlan(): Promise<Daemon> {
  const desk = await openDesk();
  desk.write(REPOSITORY);
  return serveDaemon(await planInProcess(desk));
}

describe("targets", () => {
  test("lists every target with its status, what there is to say, and the commands that the daemon offers the caller", async () => {
    const daemon = await serveDaemon();
    daemon.status = {
      ...SYNCED,
      state: "AwaitingApproval",
      reason: "Destroys",
      message: "2 changes want an approval.",
    };
    const command = `poolkeeper approve ${DIGEST.slice(0, 32)} --target production --override freeze`;
    daemon.next = [
      { target: "production", message: "Approves the plan.", command },
      { target: "production", message: "Ask mira.", command: null },
      { target: "elsewhere", message: "Not here.", command: null },
    ];
    daemon.pauses.push({
      ...{ id: "p", target: "production", address: "queue.batch", by: "alex", reason: "incident" },
      ...{ at: SYNCED.since, until: null },
    });
    const { code, stdout, stderr } = await daemon.run(["targets"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      `Targets
  NAME        STATE             REASON    SINCE                 APPLIED       LAST SUCCESS          CONTROL PLANE
  production  AwaitingApproval  Destroys  2026-11-20 10:00:00Z  abcdef123456  2026-11-20 10:00:00Z  https://acme.example.com (acme)

  production: 2 changes want an approval.
  production: queue.batch is paused by alex until it is resumed: incident
  production: poolkeeper approve 3f2a9c41000000000000000000000000 --target production --override freeze
  production: Ask mira.
`,
    );
  });

  test("with --json gives what the daemon gave", async () => {
    const daemon = await serveDaemon();
    const { stdout } = await daemon.run(["targets", "--json"]);
    expect(JSON.parse(stdout).targets).toMatchObject([{ target: "production", status: { state: "Synced" } }]);
  });

  test("of a daemon whose store is lost are listed from its memory, and why the commands are left out, which are asked for once", async () => {
    const daemon = await serveDaemon();
    const message = "The store can't be used. Out of service until then: cluster.c1.";
    daemon.status = { ...SYNCED, state: "Inconclusive", reason: "StoreUnavailable", message };
    daemon.isNextLost = true;
    const { code, stdout } = await daemon.run(["targets"]);
    expect([code, daemon.asksForNext]).toEqual([0, 1]);
    expect(stdout).toContain(`\n  production: ${message}\n  The next commands are left out: GET /api/v1/next at `);
    const json = await daemon.run(["targets", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      targets: [{ status: { reason: "StoreUnavailable" } }],
      next: [],
      next_error: expect.stringContaining("The store can't be used."),
    });
  });
});

test("history shows what was applied by which revision and approval, and what passes came to", async () => {
  const daemon = await serveDaemon();
  const { code, stdout } = await daemon.run(["history", "production"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /Applied\n.*\n {2}2026-11-20 10:00:00Z {2}abcdef123456 {2}3f2a9c41000000000000000000000000 {2}approval-1 {2}pass-0\n/,
  );
  expect(stdout).toMatch(
    /Writes\n.*\n {2}2026-11-20 10:00:00Z {2}approved by ada \(approval approval-1\) {2}abcdef123456 .* pass-0 {2}2 writes: queue.a\n/,
  );
  expect(stdout).toMatch(/Passes\n.*\n {2}2026-11-20 10:00:00Z {2}poll .* pass-1 {2}in sync\n/);
});

test("history --objects shows each write with its fields, who or what decided it, and what is not certain about it", async () => {
  const daemon = await serveDaemon();
  const at = "2026-11-20T10:00:00.123Z";
  const approved = { decided_by: "approval", by: "ada", approval: "7", overrides: ["window"] } as const;
  daemon.changes = [
    makeEntry({ ...{ seq: 12, at, op: "delete", after: null, decided_by: "command", by: "root@ci", revision: null } }),
    makeEntry({ ...approved, seq: 9, at, address: "cluster.c1", result: "unanswered" }),
    makeEntry({
      seq: 8,
      at,
      op: "create",
      before: null,
      after: { depth: { sealed: true, hash: "0" }, limits: { cpu: "1" } },
    }),
    makeEntry({ seq: 7, at, decided_by: "drift", before: null, after: null, withheld: true }),
  ];
  const { code, stdout, stderr } = await daemon.run(["history", "production", "--objects"]);
  expect([code, stderr]).toEqual([0, ""]);
  const [digest, run] = ["d".repeat(32), "run run-1"];
  expect(stdout).toBe(
    `Changes
  #12  2026-11-20 10:00:00Z  queue.a  delete  applied by root@ci
         - depth = 1
         plan ${digest}, ${run}
  #9  2026-11-20 10:00:00Z  queue.a (for cluster.c1)  update  approved by ada (approval 7, overrides window)
         No response, and no later read showed that the write was applied.
         ~ depth = 1 -> 2
         revision abcdef123456, plan ${digest}, ${run}
  #8  2026-11-20 10:00:00Z  queue.a  create  auto_apply
         + depth = (sensitive)
         + limits.cpu = "1"
         revision abcdef123456, plan ${digest}, ${run}
  #7  2026-11-20 10:00:00Z  queue.a  update  reverted, as it was changed outside
         The values are not shown until the next pass has sealed what became sensitive.
         revision abcdef123456, plan ${digest}, ${run}
`,
  );
  daemon.changes = [];
  expect((await daemon.run(["history", "production", "--objects", "queue.a"])).stdout).toBe("Nothing was written.\n");
});

test("blame shows where each field comes from, and where live differs, of the only target that there is", async () => {
  const daemon = await serveDaemon();
  const at = "2026-11-20T10:00:00.123Z";
  const entry = makeEntry({ at, decided_by: "approval", by: "ada", approval: "7" });
  daemon.blame = {
    ...{ address: "queue.a", physical_name: "a-2", log_began: at, looked_at: at },
    fields: [
      { path: "depth", value: 2, source: { kind: "written", entry: { ...entry, result: "unanswered" } }, live: 9 },
      { path: "labels.extra", value: null, source: { kind: "absent" }, live: "x" },
      { path: "pool", value: "prod", source: { kind: "before_log" } },
      { path: "secret", value: { sealed: true, hash: "0" }, source: { kind: "withheld" } },
      {
        path: "taken",
        value: 1,
        source: { kind: "outside", entry: { ...entry, decided_by: "drift", revision: null } },
      },
    ],
  };
  const { code, stdout, stderr } = await daemon.run(["blame", "queue.a"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.replace(/ {2,}/g, "  ")).toBe(`queue.a, registered as a-2
  FIELD  VALUE  REVISION  FROM  AT  RUN
  depth  2 (live differs: 9)  abcdef123456  approved by ada (approval 7) (no response)  2026-11-20 10:00:00Z  run-1
  labels.extra  (none) (live differs: "x")  -  not applied  -  -
  pool  "prod"  -  before the change log began (2026-11-20 10:00:00Z)  -  -
  secret  (sensitive)  -  not shown: too large, or not sealed yet, as it became sensitive  -  -
  taken  1  -  changed outside (before: reverted, as it was changed outside), and taken over  2026-11-20 10:00:00Z  run-1

Last read 2026-11-20 10:00:00Z.
`);
  daemon.blame = { ...daemon.blame, looked_at: null };
  expect((await daemon.run(["blame", "queue.a"])).stdout).toContain(
    "\nLast written 2026-11-20 10:00:00Z. No later read of the live object is on record.\n",
  );
  const one = await daemon.run(["blame", "queue.a", "labels", "--target", "production", "--json"]);
  expect(JSON.parse(one.stdout)).toMatchObject({ address: "queue.a", fields: [{ path: "labels.extra", live: "x" }] });
  expect((await daemon.run(["blame", "nothing"])).stderr).toContain("nothing: not an address");
});

test("history says how it is called where it can't tell what is meant", async () => {
  const daemon = await serveDaemon();
  const wrong = async (...args: readonly string[]) => {
    const { code, stderr } = await daemon.run(["history", ...args]);
    expect(code).toBe(1);
    return stderr;
  };
  expect(await wrong()).toContain("Name the daemon's target");
  expect(await wrong("--objects")).toContain("--store DIR");
  expect(await wrong("--objects", "production")).toContain("a target comes before --objects");
  expect(await wrong("production", "--since", "3")).toContain("require --objects");
  expect(await wrong("production", "--objects", "--store", "state")).toContain("either a target");
});

test("audit shows who did what, in what way", async () => {
  const daemon = await serveDaemon();
  const { code, stdout } = await daemon.run(["audit", "production"]);
  expect(code).toBe(0);
  expect(stdout).toContain("alex  page  pause   production  reason=incident address=null");
});

describe("approve", () => {
  test("shows the plan and approves exactly that one, with its overrides", async () => {
    const daemon = await serveWithPlan();
    const { code, stdout } = await daemon.run([
      "approve",
      DIGEST,
      "--yes",
      "--override",
      "window",
      "--override",
      "freeze",
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Plan 3f2a9c41000000000000000000000000 of target production, revision abcdef123456, made 2026-11-20 10:00:00Z\n/,
    );
    expect(stdout).toContain("Plan: 7 to add");
    expect(stdout).toMatch(
      /Approved: plan 3f2a9c41000000000000000000000000 of target production\. It overrides window, freeze\. It holds until /,
    );
    const [{ agent, ...sent } = { agent: "" }] = daemon.sent;
    expect(sent).toEqual({
      call: "/api/v1/approvals",
      body: { digest: DIGEST, target: "production", overrides: ["window", "freeze"] },
    });
    expect(agent).toMatch(/^poolkeeper\//);
  });

  test("lists what the plan needs to be let through, and what may be as well, and sends nothing that was not agreed to", async () => {
    const daemon = await serveWithPlan();
    daemon.prospect = {
      ...daemon.prospect,
      ...{ kind: "held", at: null, message: "Changed outside." },
      offers: [
        { name: "drift", addresses: ["queue.a", "queue.b"], needed: true },
        { name: "rule:no-moves", addresses: [], needed: false },
      ],
    };
    const { stdout } = await daemon.run(["approve", DIGEST, "--yes"]);
    expect(stdout).toContain(
      "Required overrides:\n  --override drift   Revert 2 objects\n\nOptional overrides:\n  --override rule:no-moves   Approve despite the failed check `rule:no-moves`\n",
    );
    expect(daemon.sent).toMatchObject([{ body: { overrides: [] } }]);
    expect((await daemon.run(["approve", DIGEST, "--yes", "--override", "drift"])).stdout).not.toContain(
      "Required overrides",
    );
  });

  test("shows who rejected the plan, and says that it was seen only where somebody was asked", async () => {
    const daemon = await serveWithPlan();
    const rejected = { by: "carol", at: "2026-11-20T10:00:00.000Z", reason: "not today" };
    daemon.prospect = { ...daemon.prospect, rejected, decided: 7 };
    const { stdout } = await daemon.run(["approve", DIGEST, "--yes"]);
    expect(stdout).toContain("\nRejected by carol (not today) at 2026-11-20 10:00:00Z: an approval revokes that.\n");
    expect(daemon.sent.map(({ body }) => body)).toEqual([{ digest: DIGEST, target: "production", overrides: [] }]);
  });

  test("asks for nothing and sends nothing while it is not known whose requests the plan carries out", async () => {
    const daemon = await serveWithPlan();
    const approve = { code: "not_looked_at", message: "The requests have not been looked at. Try again." };
    daemon.prospect = { ...daemon.prospect, refused: { approve, reject: null } };
    for (const more of [[], ["--yes"]]) {
      const { code, stderr } = await daemon.run(["approve", DIGEST, ...more]);
      expect([code, stderr]).toEqual([1, expect.stringContaining(approve.message)]);
    }
    expect(daemon.sent).toEqual([]);
  });

  test("approves nothing where nobody can be asked", async () => {
    const daemon = await serveWithPlan();
    const { code, stderr } = await daemon.run(["approve", DIGEST]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("Nothing was approved: not a terminal. Pass --yes")]);
    expect(daemon.sent).toEqual([]);
  });

  test("with --json keeps stdout for the approval", async () => {
    const daemon = await serveWithPlan();
    const { stdout, stderr } = await daemon.run(["approve", DIGEST, "--yes", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ digest: DIGEST, state: "open" });
    expect(stderr).toContain("Plan: 7 to add");
  });
});

test("reject tells the daemon why", async () => {
  const daemon = await serveDaemon();
  const { code, stdout } = await daemon.run(["reject", DIGEST, "--reason", "not now"]);
  expect([code, stdout]).toEqual([0, "Rejected: plan 3f2a9c41000000000000000000000000 of target production.\n"]);
  expect(daemon.sent).toMatchObject([{ call: "/api/v1/rejections", body: { digest: DIGEST, reason: "not now" } }]);
});

describe("pause and resume", () => {
  test("of one object until a time", async () => {
    const daemon = await serveDaemon();
    const until = ["--until", "2126-12-01T08:00:00+01:00"];
    const { code, stdout } = await daemon.run(["pause", "production", "--address", "queue.batch", ...until]);
    expect([code, stdout]).toEqual([0, "Paused: queue.batch of production, until 2126-12-01 07:00:00Z.\n"]);
    const body = { address: "queue.batch", until: "2126-12-01T07:00:00.000Z", reason: "no reason given" };
    expect(daemon.sent).toMatchObject([{ call: "/api/v1/targets/production/pause", body }]);
  });

  test("of an object that is not there: says so", async () => {
    const daemon = await serveDaemon();
    daemon.warning = "queue.batch not found.";
    const { code, stdout } = await daemon.run(["pause", "production", "--address", "queue.batch"]);
    expect([code, stdout]).toEqual([
      0,
      "Paused: queue.batch of production, until it is resumed.\nWarning: queue.batch not found.\n",
    ]);
  });

  test("of all of a target, and what there was to lift", async () => {
    const daemon = await serveDaemon();
    const paused = await daemon.run(["pause", "production", "--reason", "incident"]);
    expect(paused.stdout).toBe("Paused: production, until it is resumed.\n");
    const { code, stdout } = await daemon.run(["resume", "production"]);
    expect([code, stdout]).toEqual([0, "Nothing was paused.\n"]);
    expect(daemon.sent[1]).toMatchObject({ call: "/api/v1/targets/production/resume", body: { address: null } });
  });
});

describe("reconcile", () => {
  test.each([
    [[], null],
    [["--revision", "abcdef1"], "abcdef1"],
    [["--follow"], ""],
  ])("with %j puts the request on record", async (flags, revision) => {
    const daemon = await serveDaemon();
    const { code, stdout } = await daemon.run(["reconcile", "production", ...flags]);
    expect([code, stdout]).toEqual([0, "Requested a pass of target production (request request-1).\n"]);
    expect(daemon.sent).toMatchObject([{ call: "/api/v1/targets/production/reconcile", body: { revision } }]);
  });

  const HELD = [{ address: "queue.batch", reason: "approval", message: "It is destructive." }] as const;
  const OUTCOMES: readonly (readonly [PassOutcome, number, RegExp])[] = [
    [{ kind: "synced" }, 0, /^production: in sync\n$/],
    [{ kind: "held", held: HELD }, 4, /held: 1 for approval/],
    [
      { kind: "blocked", checks: [{ name: "black-hole", status: "fail", message: "", addresses: [] }] },
      4,
      /blocked by black-hole/,
    ],
    [{ kind: "invalid", diagnostics: [] }, 3, /invalid manifests: 0 diagnostics/],
    [
      { kind: "failed", step: "read", code: "internal", message: "It broke.", report: null },
      1,
      /failed at read: It broke\. \[internal\]/,
    ],
  ];
  test.each(OUTCOMES)("--wait with a pass that comes to %j exits by it", async (outcome, exit, words) => {
    const daemon = await serveDaemon();
    daemon.outcome = outcome;
    const { code, stdout } = await daemon.run(["reconcile", "production", "--wait"]);
    expect([code, stdout]).toEqual([exit, expect.stringMatching(words)]);
  });

  test("--wait ends at its limit with exit 4, and the pass goes on", async () => {
    const daemon = await serveDaemon();
    const { code, stdout } = await daemon.run(["reconcile", "production", "--wait", "--wait-limit", "1s"]);
    expect([code, stdout]).toEqual([4, expect.stringContaining("has not ended within the limit")]);
  });
});

describe("approve on a terminal", () => {
  test("asks for what the plan needs, and sends it where the answer is yes", async () => {
    const daemon = await serveWithPlan();
    const needs = { kind: "held", at: null, message: "Frozen." } as const;
    const freeze = { name: "freeze", addresses: ["queue.a"], needed: true };
    daemon.prospect = { ...daemon.prospect, ...needs, offers: [freeze, { ...freeze, name: "drift" }] };
    const { stdout, code } = await answerInTerminal({ env: daemon.env, cwd: daemon.folder }, "all", "yes", [
      "approve",
      DIGEST,
    ]);
    expect([code, daemon.sent]).toMatchObject([0, [{ body: { overrides: ["freeze", "drift"] } }]]);
    expect(stdout).toContain("Approve despite the freeze, and Revert 1 object? Type 'yes' to confirm:");
  });

  test.each<readonly [TerminalAnswer, number, number, string]>([
    ["yes", 0, 1, "Approved: plan 3f2a9c41000000000000000000000000"],
    ["y", 1, 0, "Nothing was approved."],
    [{ keys: ENDING_KEYS["Ctrl-C"] }, 1, 0, "Nothing was approved."],
    [{ keys: ENDING_KEYS["Ctrl-D"] }, 1, 0, "Nothing was approved."],
  ])("%j ends with exit %i and %i approvals", async (typed, exit, approvals, words) => {
    const daemon = await serveWithPlan();
    const { stdout, code } = await answerInTerminal({ env: daemon.env, cwd: daemon.folder }, "all", typed, [
      "approve",
      DIGEST,
    ]);
    expect(stdout.indexOf("Plan: 7 to add")).toBeLessThan(stdout.indexOf("Approve this? Type 'yes' to confirm:"));
    expect([code, daemon.sent.length]).toEqual([exit, approvals]);
    expect(stdout).toContain(words);
  });
});
