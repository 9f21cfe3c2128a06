import { describe, expect, test } from "vitest";
import { runInProcess } from "../set-up/run-in-process.ts";
import { homeIn } from "./run-program.ts";
import { EVERYTHING, flyteClusters, label, openSystemsDesk, systems } from "./systems.ts";

const LABELS = {
  "execution-cluster-labels/team1.yaml": label("team1", "label1"),
  "flyte-clusters/flyte.yaml": flyteClusters("dp1"),
};

describe("flyteadmin without a Union control plane", () => {
  test("is planned, applied, at rest, and applied from a saved plan", async () => {
    const desk = await openSystemsDesk();
    desk.write(LABELS);
    const env = homeIn(desk.folder);
    const run = (...args: readonly string[]) => runInProcess(args, env, desk.folder);
    const flags = [...systems(desk), "--store", "store"];
    expect(await run("apply", desk.repository, "--auto-approve", ...flags)).toMatchObject({ code: 0 });
    expect(await run("plan", desk.repository, "--detailed-exitcode", ...flags)).toMatchObject({ code: 0 });
    desk.write({ "execution-cluster-labels/more.yaml": label("project1", "label1") });
    await run("plan", desk.repository, "--out", "plan.json", ...flags);
    expect(await run("apply", "plan.json", "--auto-approve", ...flags)).toMatchObject({ code: 0 });
    expect(desk.served.flyteadmin.state.attributes.size).toBe(2);
  });

  test("is no place for pools, queues and settings: the check capability says so", async () => {
    const desk = await openSystemsDesk();
    desk.write(EVERYTHING);
    const { code, stdout } = await runInProcess(
      ["plan", desk.repository, ...systems(desk)],
      homeIn(desk.folder),
      desk.folder,
    );
    expect([code, stdout]).toEqual([
      4,
      expect.stringMatching(/capability: .*need a Union control plane[\s\S]*settings/),
    ]);
  });
});

describe("a flyteadmin that can't be used", () => {
  test("because the token is wrong or missing is told with what to do, and the token is not shown", async () => {
    const desk = await openSystemsDesk({ token: "right-token" });
    desk.write(LABELS);
    for (const [token, words] of [
      ["wrong-token", "--flyteadmin-token"],
      [undefined, "POOLKEEPER_FLYTEADMIN_TOKEN"],
    ] as const) {
      const flags = token === undefined ? [] : ["--flyteadmin-token", token];
      const { code, stderr } = await desk.run(
        ["plan", desk.repository, "--flyteadmin-endpoint", desk.served.url, ...flags],
        { POOLKEEPER_TOKEN: "right-token" },
      );
      expect([code, stderr]).toEqual([1, expect.stringContaining(words)]);
      expect(stderr).not.toMatch(/right-token|wrong-token|\n\s+at /);
    }
  });

  test("because nobody answers, or no address is given, is told with its address", async () => {
    const desk = await openSystemsDesk();
    desk.write(LABELS);
    const nobody = await desk.run(["plan", desk.repository, "--flyteadmin-endpoint", "http://127.0.0.1:9"]);
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining("127.0.0.1:9")]);
    const { code, stderr } = await runInProcess(["plan", desk.repository], homeIn(desk.folder), desk.folder);
    expect([code, stderr]).toEqual([1, expect.stringContaining("--flyteadmin-endpoint")]);
  });

  test("because its answers are none of flyteadmin is told so", async () => {
    const desk = await openSystemsDesk();
    desk.write(LABELS);
    const admin = desk.served.adminUrl ?? "";
    const { code, stderr } = await desk.run(["plan", desk.repository, "--flyteadmin-endpoint", admin]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/flyteadmin/)]);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
