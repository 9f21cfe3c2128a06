/**
 * The attacker reads whatever poolkeeper writes: terminals, comments, pages without a token, the store's files. Secrets are marked and
 * planted in live settings, manifests, what these refer to, delivered files and the words of servers: no mark comes out anywhere, and the control plane still
 * gets the real values.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REPOSITORY } from "../cli/manifests.ts";
import { type Desk, openDesk } from "../cli/run-program.ts";
import { editByHand, flyteClusters, openSystemsDesk, systems } from "../cli/systems.ts";
import { MOVE } from "../daemon/manifests.ts";
import { answerWith, openReceiver } from "../daemon/notify/open-receiver.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { FORGE_NAMES, openForgedWorld } from "../daemon/open-forged-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { waitFor } from "../set-up/wait-for.ts";

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
          annotations: {
            signed: `https://a.example.com/r?sv=1&sig=${label}`,
            user: `https://${label}@a.example.com/r`,
          },
          "storage.raw_data_path": `https://a.example.com/raw?sig=${label}`,
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

  test.each(FORGE_NAMES)(
    "are in nothing that is said on %s, in no notification, and in no message about them",
    async (kind) => {
      const [chat, audit] = [await openReceiver(), await openReceiver()];
      const forged = await openForgedWorld({
        kind,
        env: {
          ...{ REFERRED: "mark-of-reference", HOOK_KEY: "mark-of-hook-key-0001" },
          CHAT_URL: chat.url.replace("s3cr3t", "mark-in-path"),
          AUDIT_URL: audit.url.replace("http://", "http://user:mark-in-url@"),
        },
        settings: {
          policy: { approval: { approvers: ["approve"] } },
          target: { references: { env: ["REFERRED"] }, sensitive: ["*annotations.note"] },
          file: {
            notifications: [
              { name: "chat", type: "slack", url: { env: "CHAT_URL" } },
              { name: "audit", type: "webhook", url: { env: "AUDIT_URL" }, secret: { env: "HOOK_KEY" } },
            ],
          },
        },
      });
      const { world, forge, daemon } = forged;
      forge.allow("boss", "write");
      // What a receiver answers is no more to be trusted than what a control plane says.
      audit.behave(answerWith(400, {}, "user:mark-in-url may not"));
      const live = { environment_variables: { A: "mark-live-value" }, annotations: { note: "mark-live-note" } };
      await world.post("/mutate", { op: "create", kind: "settings", name: "", object: live });
      const wanted =
        "environment_variables: { A: mark-of-manifest }, annotations: { note: mark-of-note }, labels: { tier: { env: REFERRED } }";
      const number = await forged.propose("secrets", {
        "settings/org.yaml": `settings: { ${wanted} }\n`,
        ...MOVE,
      });
      await forged.untilSaid(number, /digest/);
      await forged.untilStatus(number, "plan", /digest/);
      const message = "bad: mark-of-manifest mark-of-note mark-of-reference mark-live-value";
      await world.fault({ method: "UpdateSettings", code: "invalid_argument", message, count: 1_000 });
      const revision = await forged.merge(number, "mona");
      await daemon.untilState("Failed", revision);
      await forged.untilSaid(number, /bad:/);
      await world.clearFaults();
      await daemon.untilState("AwaitingApproval", revision);
      await daemon.approve();
      await daemon.untilApplied(revision);
      const values = (await liveSettings({ served: world.served } as Desk, ""))?.labels;
      expect(values).toEqual({ tier: "mark-of-reference" });
      await waitFor(
        () => [chat, audit].every(({ received }) => received.length > 1),
        () => "no notification",
      );
      const bodies = [chat, audit].flatMap(({ received }) => received.map(({ body }) => body));
      const shas = [forged.head(number), revision];
      const onForge = [
        ...forge.comments(number).map(({ body }) => body),
        ...shas.flatMap((sha) => [...forge.statuses(sha), ...forge.checks(sha)]),
      ];
      const headers = { authorization: `Bearer ${TOKENS.read}` };
      const pages = ["", "targets/prod", `targets/prod/requests/${number}`, "api/v1/targets/prod", "metrics"];
      const answers = await Promise.all(
        pages.map(async (path) => (await fetch(`${daemon.url}/${path}`, { headers })).text()),
      );
      for (const said of [bodies, onForge, answers, world.log]) {
        expect(JSON.stringify(said)).not.toMatch(MARK);
      }
      expect(JSON.stringify(onForge)).toContain("(sensitive)");
      expect(readAll(join(world.folder, "data"))).not.toMatch(MARK);
    },
  );
});
