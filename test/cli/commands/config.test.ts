import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../../src/daemon/config/read-config.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { runInProcess } from "../../set-up/run-in-process.ts";
import { REPOSITORY } from "../manifests.ts";
import { type Desk, homeIn, openDesk } from "../run-program.ts";

const EXAMPLE = join(import.meta.dirname, "..", "..", "..", "examples", "poolkeeper.yaml");

const TARGET = `targets:
  - name: production
    repository: {url: "https://git.example.com/a.git", token: {env: GIT_TOKEN}}
    control_plane: {endpoint: "https://acme.example.com", org: acme}
`;

function check(text: string, flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const folder = makeTemporaryFolder();
  writeFileSync(join(folder, "poolkeeper.yaml"), text);
  return runInProcess(["config", "check", "poolkeeper.yaml", ...flags], { ...homeIn(folder), ...env }, folder);
}

describe("the example of the configuration", () => {
  test("is valid, and lacks nothing but the secrets and files of the server", () => {
    const { config, diagnostics } = readConfig(EXAMPLE, {});
    expect(config?.targets.map(({ name }) => name)).toEqual(["production", "staging"]);
    const codes = new Set(diagnostics.map(({ code }) => code));
    expect([...codes].toSorted()).toEqual(["config-file-unreadable", "config-secret-missing"]);
  });

  test("stays valid with everything that it shows as a comment", () => {
    const folder = makeTemporaryFolder();
    const shown = readFileSync(EXAMPLE, "utf8")
      .replace(
        /^( *)# (?=(verify|flyteadmin|deliver|freeze|- name: trial)\b| {2}(mode|keys|endpoint|token|folder|control_plane):)/gm,
        "$1",
      )
      .replace(/^ {2}directory: data\n {2}# database_url/m, "  database_url");
    expect(shown).toMatch(/^ {2}- name: trial$/m);
    writeFileSync(join(folder, "poolkeeper.yaml"), shown);
    const { config, diagnostics } = readConfig(join(folder, "poolkeeper.yaml"), {});
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(config?.targets).toHaveLength(3);
    expect(config?.store.kind).toBe("database");
    expect(config?.targets[0]).toMatchObject({ policy: { freeze: { reason: "Release 7 is under way." } } });
  });
});

describe("config check", () => {
  test("of a valid file exits 0, and with --strict a warning is exit 3", async () => {
    const set = await check(TARGET, ["--strict"], { GIT_TOKEN: "secret" });
    expect([set.code, set.stdout]).toEqual([0, "Valid: 1 target.\n"]);
    const unset = await check(TARGET);
    expect([unset.code, unset.stdout]).toEqual([
      0,
      expect.stringMatching(/Warning: .*GIT_TOKEN is not set.*\nValid: 1 target\.\n$/s),
    ]);
    expect((await check(TARGET, ["--strict"])).code).toBe(3);
  });

  test("of an invalid file shows everything with its place, and exits 3", async () => {
    const { code, stdout } = await check(`${TARGET}http: {port: 8090}\npolcy: {}\n`);
    expect(code).toBe(3);
    expect(stdout).toContain("on poolkeeper.yaml:5:8");
    expect(stdout).toContain("on poolkeeper.yaml:6:1");
    expect(stdout).not.toContain("Valid");
  });

  test("with --json prints the diagnostics", async () => {
    const { code, stdout } = await check("{}", ["--json"]);
    expect([code, JSON.parse(stdout).diagnostics]).toEqual([
      3,
      [expect.objectContaining({ code: "missing-field", line: 1 })],
    ]);
  });

  test("of a file that is not there exits 3 and says which", async () => {
    const folder = makeTemporaryFolder();
    const { code, stdout } = await runInProcess(["config", "check", "none.yaml"], homeIn(folder), folder);
    expect([code, stdout]).toEqual([3, expect.stringContaining("on none.yaml:1:1")]);
  });
});

describe("the schema of the configuration", () => {
  test("is printed as any other", async () => {
    const folder = makeTemporaryFolder();
    const { code, stdout } = await runInProcess(["schema", "config"], homeIn(folder), folder);
    expect([code, JSON.parse(stdout).title]).toEqual([0, "poolkeeper.yaml"]);
  });
});

describe("policy test", () => {
  const RULES = `policy:
  rules:
    - {name: few, when: plan.summary.add > 3, message: "Too many at once."}
    - {name: mine, when: target == "production", severity: warn, message: "This is production."}
    - {name: none, when: plan.summary.destroy > 0, message: "Something goes."}
`;

  async function openPlanned(): Promise<Desk> {
    const desk = await openDesk();
    desk.write(REPOSITORY);
    writeFileSync(join(desk.folder, "poolkeeper.yaml"), TARGET + RULES);
    writeFileSync(join(desk.folder, "lax.yaml"), `${TARGET}    policy: {rules: []}\n${RULES}`);
    await desk.run(["plan", desk.repository, "--out", "plan.json"]);
    return desk;
  }

  test("tells the verdict of every rule, and exits 4 when one fails", async () => {
    const desk = await openPlanned();
    const { code, stdout } = await desk.run([
      "policy",
      "test",
      "poolkeeper.yaml",
      "plan.json",
      "--target",
      "production",
    ]);
    expect(code).toBe(4);
    expect(stdout).toMatch(/production {2}rule:few {3}fail {4}Too many at once\./);
    expect(stdout).toMatch(/production {2}rule:mine {2}warn {4}This is production\./);
    expect(stdout).toMatch(/production {2}rule:none {2}pass/);
    const json = await desk.run(["policy", "test", "poolkeeper.yaml", "plan.json", "--json"]);
    expect(JSON.parse(json.stdout).targets).toMatchObject([{ target: "production", checks: { length: 3 } }]);
    const lax = await desk.run(["policy", "test", "lax.yaml", "plan.json"]);
    expect([lax.code, lax.stdout]).toEqual([0, "There are no rules.\n"]);
  });

  test("refuses an unknown target, and shows what is wrong with a configuration", async () => {
    const desk = await openPlanned();
    const other = await desk.run(["policy", "test", "poolkeeper.yaml", "plan.json", "--target", "staging"]);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("the configuration has production")]);
    writeFileSync(join(desk.folder, "poolkeeper.yaml"), `${TARGET}${RULES.replace("plan.summary.add", "plna.add")}`);
    const wrong = await desk.run(["policy", "test", "poolkeeper.yaml", "plan.json"]);
    expect([wrong.code, wrong.stdout]).toEqual([3, expect.stringContaining("there is no variable plna")]);
  });
});
