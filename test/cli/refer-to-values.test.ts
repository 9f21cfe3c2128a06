import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { REPOSITORY } from "./manifests.ts";
import { openDesk } from "./run-program.ts";

const SECRET = "hunter22-of-the-machine";
const SETTINGS = "scope: { domain: dev }\nsettings:\n  labels: { team: ml, key: {env: KEY} }\n";

/** A desk with one reference, and all rows of settings as text. */
async function openReferring(generation: (typeof GENERATIONS)[number] = "2026-11") {
  const desk = await openDesk(generation);
  desk.write({ ...REPOSITORY, "settings/dev.yaml": SETTINGS });
  const sent = () => [...desk.served.model.state.setting.rows.values()].map(({ values }) => values);
  return { desk, sent };
}

describe.each(GENERATIONS)("references on generation %s", (generation) => {
  test("reach the control plane with the types of their settings, and plan nothing afterwards", async () => {
    const { desk, sent } = await openReferring(generation);
    mkdirSync(join(desk.folder, "values"));
    const values = { cpu: "4", mirror: "true", concurrency: "9223372036854775807", text: "two\nlines\n" };
    for (const [name, text] of Object.entries(values)) writeFileSync(join(desk.folder, "values", name), `${text}\n`);
    const at = (name: string) => `{file: ${desk.folder}/values/${name}}`;
    desk.write({
      "settings/dev.yaml": `scope: { domain: dev }
settings:
  task_resource.max.cpu: ${at("cpu")}
  task_resource.mirror_limits_request: ${at("mirror")}
  run.max_action_concurrency: ${at("concurrency")}
  environment_variables: { TEXT: ${at("text")}, env: open }
`,
    });
    const flags = ["--reference", "file:values/"];
    expect(await desk.run(["apply", desk.repository, "--auto-approve", ...flags])).toMatchObject({ code: 0 });
    expect(sent()).toEqual([
      {
        "task_resource.max.cpu": "4",
        "task_resource.mirror_limits_request": true,
        "run.max_action_concurrency": "9223372036854775807",
        environment_variables: { TEXT: "two\nlines\n", env: "open" },
      },
    ]);
    const again = await desk.run(["plan", desk.repository, "--detailed-exitcode", ...flags]);
    expect(again.code).toBe(0);
    writeFileSync(join(desk.folder, "values/mirror"), "false");
    const rotated = await desk.run(["plan", desk.repository, "--detailed-exitcode", ...flags]);
    expect([rotated.code, rotated.stdout]).toEqual([2, expect.stringContaining("(sensitive) -> (sensitive)")]);
  });
});

test("a whole number that the control plane can't keep is refused at its reference", async () => {
  const { desk } = await openReferring();
  desk.write({ "settings/dev.yaml": "scope: { domain: dev }\nrun.max_action_concurrency: {env: KEY}\n" });
  const env = { KEY: "9223372036854775808", POOLKEEPER_REFERENCES: "env:KEY" };
  const { code, stderr } = await desk.run(["plan", desk.repository], env);
  expect([code, stderr]).toEqual([3, expect.stringContaining("[bad-reference-value]\n  on settings/dev.yaml:2:29")]);
});

describe("--reference", () => {
  const env = { KEY: SECRET };

  test.each([["env:"], ["KEY"], ["file:"], ["env:A B"], [""]])("%j is no way to allow something", async (reference) => {
    const { desk } = await openReferring();
    const { code, stderr } = await desk.run(["plan", desk.repository, "--reference", reference], env);
    expect([code, stderr]).toEqual([1, expect.stringContaining("write env:NAME or file:PATH")]);
  });

  test("counts before the variable, which lists the same with commas", async () => {
    const { desk } = await openReferring();
    const plan = (flags: readonly string[], allowed: string) =>
      desk.run(["plan", desk.repository, ...flags], { ...env, POOLKEEPER_REFERENCES: allowed });
    expect((await plan([], "env:OTHER, env:KEY")).code).toBe(0);
    expect((await plan(["--reference", "env:OTHER"], "env:KEY")).code).toBe(3);
    expect((await plan(["--reference", "env:OTHER", "--reference", "env:KEY"], "")).code).toBe(0);
    expect((await plan([], "KEY")).stderr).toContain("POOLKEEPER_REFERENCES: write env:NAME or file:PATH");
  });

  test("is in the command that a saved plan is applied by", async () => {
    const { desk, sent } = await openReferring();
    const file = join(desk.folder, "plan.json");
    const planned = await desk.run(["plan", desk.repository, "--out", file, "--reference", "env:KEY"], env);
    expect(planned.stderr).toContain(`poolkeeper apply ${file} --reference env:KEY\n`);
    expect((await desk.run(["apply", file, "--auto-approve", "--reference", "env:KEY"], env)).code).toBe(0);
    expect(sent()).toEqual([{ labels: { team: "ml", key: SECRET } }]);
  });

  test("is not needed where nothing is compared: to validate, and to ask manifests alone for routes", async () => {
    const { desk } = await openReferring();
    expect((await desk.run(["validate", desk.repository])).code).toBe(0);
    expect((await desk.run(["routing", desk.repository], { POOLKEEPER_ENDPOINT: "" })).code).toBe(0);
    expect((await desk.run(["routing", desk.repository])).code).toBe(3);
    expect((await desk.run(["routing", desk.repository, "--reference", "env:KEY"], env)).code).toBe(0);
  });
});

describe("--sensitive", () => {
  test("seals what its patterns match, wanted and live, in every command that shows it", async () => {
    const desk = await openDesk();
    const object = { labels: { team: "live-team" }, "security.service_account": "live-account" };
    await desk.post("/mutate", { op: "create", kind: "settings", name: "dev", object });
    desk.write({
      ...REPOSITORY,
      "settings/dev.yaml":
        "scope: { domain: dev }\nsettings: { labels: { team: wanted-team }, security.service_account: wanted-account }\n",
    });
    const flags = ["--sensitive", "settings.*.labels", "--sensitive", "settings.acme/dev.security.*"];
    const runs = [
      ["plan", desk.repository],
      ["drift", desk.repository],
      ["status", "--scope", "dev"],
    ];
    for (const args of runs) {
      const [open, sealed] = [await desk.run(args), await desk.run([...args, ...flags])];
      expect(open.stdout).toMatch(/live-team/);
      expect(open.stdout).toContain("live-account");
      expect(sealed.stdout).not.toMatch(/(live|wanted)-(team|account)/);
      expect(sealed.stdout).toContain("(sensitive)");
    }
  });
});
