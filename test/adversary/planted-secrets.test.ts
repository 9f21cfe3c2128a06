/**
 * The attacker reads whatever poolkeeper writes: terminals, comments, pages without a token, the store's files. Secrets are marked and
 * planted in live settings, manifests, what these refer to, delivered files and the words of servers: no mark comes out anywhere, and the control plane still
 * gets the real values.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REPOSITORY } from "../commands/manifests.ts";
import { type Desk, openDesk } from "../commands/run-program.ts";
import { editByHand, flyteClusters, openSystemsDesk, systems } from "../commands/systems.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";

const MARK = /mark-[a-z0-9]{4,}/;

/** A secret that no output may hold, of letters that each place takes. */
const secrets = fc.stringMatching(/^mark-[a-z0-9]{8,20}$/);
const keys = fc.constantFrom("DB_PASSWORD", "PLAIN", "apiToken", "LOG_LEVEL", "sealed", "x.y/z");
const variables = fc.dictionary(keys, secrets, { minKeys: 1, maxKeys: 4 });

/** What a manifest refers to, and from which setting: none of them is sensitive by its path. */
const referred = fc.record({
  key: fc.constantFrom("labels", "security.service_account", "pod_template_name"),
  value: secrets,
  place: fc.constantFrom("env", "file"),
});

/** All bytes of the files below a folder. */
function readAll(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");
}

async function liveSettings({ served }: Desk, scope: string) {
  return served.model.state.setting.rows.get(scope)?.values;
}

const written = (values: object) => JSON.stringify(values);

describe("marked secrets", () => {
  test("in live settings and manifests reach the control plane, and nothing that is printed or kept", async () => {
    await fc.assert(
      fc.asyncProperty(variables, variables, secrets, referred, async (live, wanted, label, { key, value, place }) => {
        const desk = await openDesk("2026-11");
        mkdirSync(join(desk.folder, "plans"));
        const file = join(desk.folder, "referred");
        writeFileSync(file, `${value}\n`);
        const reference = place === "env" ? "{ env: REFERRED }" : `{ file: ${file} }`;
        desk.write({
          ...REPOSITORY,
          "settings/org.yaml": `sensitive: [annotations.note]\nsettings: { environment_variables: ${written(wanted)}, annotations: { note: ${label} } }\n`,
          "settings/test.yaml": `scope: { domain: test }\nsettings: { ${key}: ${key === "labels" ? `{ open: ${reference}, team: ml }` : reference} }\n`,
        });
        const env = { REFERRED: value, POOLKEEPER_REFERENCES: `env:REFERRED,file:${file}` };
        const object = {
          environment_variables: live,
          labels: { "deploy-token": label },
          "run.max_action_concurrency": 7,
        };
        await desk.post("/mutate", { op: "create", kind: "settings", name: "", object });
        await desk.post("/mutate", { op: "create", kind: "settings", name: "dev", object });
        const store = ["--store", join(desk.folder, "store")];
        const dir = desk.repository;
        const said: string[] = [];
        const run = async (...args: readonly string[]) => {
          const { stdout, stderr, code } = await desk.run(args, env);
          said.push(stdout, stderr);
          return code;
        };
        for (const format of [[], ["--json"], ["--markdown"]]) await run("plan", dir, ...store, ...format);
        await run("plan", dir, "--scope", "dev");
        await run("plan", dir, "--out", join(desk.folder, "plans", "plan.json"));
        await run("status", "--scope", "dev");
        await run("status", "--scope", "dev", "--json");
        await run("import", "--out", join(desk.folder, "imported"), "--scope", "dev");
        expect(await run("apply", dir, "--auto-approve", ...store)).toBe(0);
        expect((await liveSettings(desk, ""))?.environment_variables).toEqual(wanted);
        const sent = (await liveSettings(desk, "test"))?.[key];
        expect(sent).toEqual(key === "labels" ? { open: value, team: "ml" } : value);
        const changed = { op: "set", kind: "settings", name: "", path: "environment_variables", value: live };
        await desk.post("/mutate", changed);
        await run("drift", dir, ...store);
        await run("drift", dir, ...store, "--json");
        await run("routing", dir);
        await run("graph", dir, "--format", "mermaid", "--scope", "test");
        await run("backup", join(desk.folder, "backup.gz"), ...store);
        expect(said.join("\n")).not.toMatch(MARK);
        for (const folder of ["store", "imported", "plans"])
          expect(readAll(join(desk.folder, folder))).not.toMatch(MARK);
        expect(said.join("\n")).toContain("(sensitive)");
      }),
      { numRuns: 3 },
    );
  });

  test("that a server repeats in an error are not repeated", async () => {
    const desk = await openDesk("2026-11");
    desk.write({
      ...REPOSITORY,
      "settings/org.yaml": "settings: { environment_variables: { A: mark-of-manifest } }\n",
    });
    const fault = {
      method: "SettingsService/CreateSettings",
      code: "invalid_argument",
      message: "bad: mark-of-manifest",
    };
    await desk.post("/faults", fault);
    const { stdout, stderr, code } = await desk.run(["apply", desk.repository, "--auto-approve"]);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/bad: \*\*\*/);
    expect(stdout + stderr).not.toMatch(MARK);
  });

  test("in Helm values are delivered, and shown neither as wanted nor as someone left them", async () => {
    const desk = await openSystemsDesk();
    const values = `${flyteClusters("dp1")}db:\n  password: mark-of-values\n`;
    desk.write({ "flyte-clusters/flyte.yaml": values });
    const said: string[] = [];
    const run = async (...args: readonly string[]) => {
      const { stdout, stderr } = await desk.run([...args, ...systems(desk), "--store", join(desk.folder, "store")]);
      said.push(stdout, stderr);
    };
    await run("apply", desk.repository, "--auto-approve");
    const file = "flyte/values-override.yaml";
    const delivered = readFileSync(join(desk.output, file), "utf8");
    expect(delivered).toContain("password: mark-of-values\n");
    editByHand(desk.output, file, `${delivered.replace("mark-of-values", "mark-by-hand")}# token: mark-in-comment\n`);
    await run("plan", desk.repository);
    await run("plan", desk.repository, "--json");
    await run("apply", desk.repository, "--auto-approve");
    expect(readFileSync(join(desk.output, file), "utf8")).toBe(delivered);
    expect(said.join("\n")).not.toMatch(MARK);
    expect(said.join("\n")).toContain("password: (sensitive)");
    expect(readAll(join(desk.folder, "store"))).not.toMatch(MARK);
  });

  test("are on no page and in no answer of a daemon whose pages are open, in no line of its log, and not in its store", async () => {
    const world = await openDaemonWorld();
    await world.post("/mutate", {
      op: "create",
      kind: "settings",
      name: "",
      object: { environment_variables: { A: "mark-live-value", B: "mark-of-manifest" } },
    });
    const { push, url, until } = await world.start({ policy: { auto_apply: "none" } }, (config) => ({
      ...config,
      http: { ...config.http, read: "open" },
    }));
    const revision = await push({
      "settings/org.yaml": "settings: { environment_variables: { A: mark-of-manifest } }\n",
    });
    const { last_pass } = await until(({ last_pass: pass }) => pass?.revision === revision && pass.digest !== null);
    const plan = `plans/${last_pass?.digest}`;
    const paths = ["", "targets/prod", plan, "api/v1/targets", "api/v1/targets/prod", `api/v1/${plan}`, "metrics"];
    const answers = await Promise.all(paths.map(async (path) => (await fetch(`${url}/${path}`)).text()));
    expect(answers.join("\n")).not.toMatch(MARK);
    expect(answers[2]).toContain("(sensitive)");
    expect(world.log.join("\n")).not.toMatch(MARK);
    expect(readAll(join(world.folder, "data"))).not.toMatch(MARK);
  });
});
