import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { answerInTerminal, ENDING_KEYS, type TerminalAnswer } from "./answer-in-terminal.ts";
import { REPOSITORY } from "./manifests.ts";
import { type Desk, openDesk } from "./run-program.ts";
import { label } from "./systems.ts";

/** Runs the program at a desk on a pseudo terminal. */
function answer(desk: Desk, streams: "all" | "no-stdout", typed: TerminalAnswer, args: readonly string[], env = {}) {
  return answerInTerminal({ env: { ...desk.env, ...env }, cwd: desk.folder }, streams, typed, args);
}

async function openRepository(): Promise<Desk> {
  const desk = await openDesk();
  desk.write(REPOSITORY);
  return desk;
}

const ESCAPE = String.fromCharCode(27);

describe("on a terminal", () => {
  test.each(["y", "Yes", "no", "", "yes please"])("%j does not confirm: exit 1, nothing is changed", async (typed) => {
    const desk = await openRepository();
    const { code, stdout } = await answer(desk, "all", typed, ["apply", desk.repository]);
    expect([code, stdout]).toEqual([1, expect.stringContaining("Nothing was changed.")]);
    expect(desk.served.model.journal).toEqual([]);
  });

  test.each(Object.entries(ENDING_KEYS))(
    "%s at a question does not confirm: exit 1, nothing is changed",
    async (_name, keys) => {
      const desk = await openRepository();
      await desk.run(["plan", desk.repository, "--out", "plan.json"]);
      const unnamed = { POOLKEEPER_ENDPOINT: "", POOLKEEPER_ORG: "" };
      const [plan, file] = await Promise.all([
        answer(desk, "all", { keys }, ["apply", desk.repository]),
        answer(desk, "all", { keys }, ["apply", "plan.json"], unnamed),
      ]);
      expect([plan.code, plan.stdout]).toEqual([1, expect.stringMatching(/\r?\nNothing was changed\.\r?\n$/)]);
      expect([file.code, file.stdout]).toEqual([
        1,
        expect.stringMatching(/\r?\nNothing was sent and nothing was changed\.\r?\n$/),
      ]);
      expect(plan.stdout + file.stdout).not.toMatch(/Warning|await/);
      expect(desk.served.model.journal).toEqual([]);
    },
  );

  test("what was typed before Ctrl-D counts only with Enter", async () => {
    const desk = await openRepository();
    const { code } = await answer(desk, "all", { keys: "yes\x04\x04\x15\x04" }, ["apply", desk.repository]);
    expect([code, desk.served.model.journal]).toEqual([1, []]);
  });

  test("a terminal that is closed does not confirm: exit 1, nothing is changed", async () => {
    const desk = await openRepository();
    const { code } = await answer(desk, "all", "closed terminal", ["apply", desk.repository]);
    expect([code, desk.served.model.journal]).toEqual([1, []]);
  });

  test("yes carries out the plan that was shown, with live progress", async () => {
    const desk = await openRepository();
    const { code, stdout } = await answer(desk, "all", "yes", ["apply", desk.repository]);
    expect(code).toBe(0);
    expect(stdout.indexOf("Plan: 7 to add")).toBeLessThan(stdout.indexOf("Type 'yes' to confirm"));
    expect(stdout).toContain("Apply complete! 7 added");
    expect(stdout).toContain("register cluster c1 in pool prod");
  });

  test("stdout in a pipe gets the result alone; the question and the progress stay on the terminal", async () => {
    const desk = await openRepository();
    const { code, stdout, stderr } = await answer(desk, "no-stdout", "yes", ["apply", desk.repository, "--json"]);
    expect([code, JSON.parse(stdout).status]).toEqual([0, "applied"]);
    expect(stderr).toContain("Plan: 7 to add");
  });

  test("the world changes while the question stands: exit 5", async () => {
    const desk = await openRepository();
    const change = { op: "create", kind: "queue", name: "any", object: { cluster_pool: "default" } };
    const env = { BEFORE_ANSWER: `${desk.served.adminUrl}/mutate ${JSON.stringify(change)}` };
    const { code, stdout } = await answer(desk, "all", "yes", ["apply", desk.repository], env);
    expect([code, stdout]).toEqual([5, expect.stringContaining("changed while waiting for confirmation")]);
    expect(desk.served.model.journal).toEqual([]);
  });

  test("what a delete takes away for good grows while the question stands: exit 5, whatever is allowed", async () => {
    const desk = await openDesk();
    const wide = "execution-cluster-labels/team1.yaml";
    desk.write({ [wide]: label("team1", "wide"), "execution-cluster-labels/kept.yaml": label("project1", "kept") });
    const flags = ["--flyteadmin-endpoint", desk.served.url, "--store", "store"];
    expect((await desk.run(["apply", desk.repository, "--auto-approve", ...flags])).code).toBe(0);
    const row = (workflow: string) => ({
      ...{ op: "create", kind: "attributes", name: `team1/development/${workflow}`, launch_plan: "lp" },
      object: { execution_cluster_label: { value: workflow } },
    });
    await desk.post("/mutate", row("shown"));
    rmSync(join(desk.repository, wide));
    const env = { BEFORE_ANSWER: `${desk.served.adminUrl}/mutate ${JSON.stringify(row("came-later"))}` };
    const args = ["apply", desk.repository, "--allow", "cascade", ...flags];
    const { code, stdout } = await answer(desk, "all", "yes", args, env);
    expect([code, stdout]).toEqual([5, expect.stringContaining("changed while waiting for confirmation")]);
    expect(desk.served.flyteadmin.state.attributes.size).toBe(4);
  });

  test("a plan file whose target nothing else names: it is shown and asked about, and nothing is sent before it is confirmed", async () => {
    const desk = await openRepository();
    await desk.run(["apply", desk.repository, "--auto-approve"]);
    await desk.run(["plan", desk.repository, "--out", "plan.json"]);
    await desk.served.close();
    const unnamed = { POOLKEEPER_ENDPOINT: "", POOLKEEPER_ORG: "", POOLKEEPER_TOKEN: "the-users-token" };
    const [no, yes] = await Promise.all([
      answer(desk, "all", "no", ["apply", "plan.json"], unnamed),
      answer(desk, "all", "yes", ["apply", "plan.json"], unnamed),
    ]);
    expect([no.code, no.stdout]).toEqual([1, expect.stringContaining("Nothing was sent and nothing was changed.")]);
    expect(no.stdout).toContain(desk.served.url);
    expect(no.stdout).toContain("The token in POOLKEEPER_TOKEN would be sent there.");
    // Only a confirmation leads to a call, which gets no answer.
    expect(no.stdout).not.toContain("can't be reached");
    expect([yes.code, yes.stdout]).toEqual([1, expect.stringContaining("can't be reached")]);
  });

  test("colours are there, and not with --no-color or NO_COLOR", async () => {
    const desk = await openRepository();
    const plan = ["plan", desk.repository];
    const [plain, flag, variable] = await Promise.all([
      answer(desk, "all", "", plan),
      answer(desk, "all", "", [...plan, "--no-color"]),
      answer(desk, "all", "", plan, { NO_COLOR: "1" }),
    ]);
    expect(plain.stdout).toContain(`${ESCAPE}[`);
    expect(flag.stdout + variable.stdout).not.toContain(`${ESCAPE}[`);
  });
});
