import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { REPOSITORY } from "../cli/manifests.ts";
import { type Desk, openDesk } from "../cli/run-program.ts";

/**
 * The attacker writes manifests, and reads whatever poolkeeper prints: plans, diagnostics, comments. A reference is a way to have the
 * machine on which poolkeeper runs read something: nothing is read that the operator has not allowed, and nothing that is read is shown.
 */

const SECRET = "hunter22-of-the-machine";

interface Attack {
  readonly desk: Desk;
  /** Plans one reference at `labels.x`, with what is allowed. */
  readonly plan: (reference: string, ...allowed: readonly string[]) => Promise<string>;
}

/** A folder `allowed` with secrets beside a folder `private`, and a variable. */
async function openAttack(): Promise<Attack> {
  const desk = await openDesk();
  for (const folder of ["allowed", "private", "allowed-too"]) mkdirSync(join(desk.folder, folder));
  for (const file of ["allowed/db", "private/key", "allowed-too/key"]) writeFileSync(join(desk.folder, file), SECRET);
  const plan = async (reference: string, ...allowed: readonly string[]) => {
    desk.write({ ...REPOSITORY, "settings/org.yaml": `settings:\n  labels:\n    x: ${reference}\n` });
    const flags = allowed.flatMap((one) => ["--reference", one]);
    const { stdout, stderr } = await desk.run(["plan", desk.repository, ...flags], {
      ML_SECRET: SECRET,
      HOME_SECRET: SECRET,
    });
    expect(stdout + stderr).not.toContain("hunter22");
    return stdout + stderr;
  };
  return { desk, plan };
}

describe("a reference in a manifest", () => {
  test("to a variable or file that nobody allowed gives nothing away: not even whether it is there", async () => {
    const { desk, plan } = await openAttack();
    const refusals = [
      await plan("{env: HOME_SECRET}", "env:ML_SECRET"),
      await plan("{env: NO_SUCH_SECRET}", "env:ML_SECRET"),
      await plan(`{file: ${desk.folder}/private/key}`, `file:${desk.folder}/allowed/`),
      await plan(`{file: ${desk.folder}/private/nokey}`, `file:${desk.folder}/allowed/`),
      await plan(`{file: ${desk.folder}/allowed-too/key}`, `file:${desk.folder}/allowed`),
      await plan(`{file: ${desk.folder}/allowed/db}`, `file:${desk.folder}/allowed`),
      await plan("{file: /proc/self/environ}"),
    ];
    for (const refusal of refusals) {
      expect(refusal).toMatch(/is not allowed for this target \[reference-not-allowed\]\s+on settings\/org\.yaml:3:8,/);
    }
    const name = (text: string) => text.replaceAll(/NO_SUCH_SECRET|HOME_SECRET|nokey|key/g, "NAME");
    expect(name(refusals[0] ?? "")).toBe(name(refusals[1] ?? ""));
    expect(name(refusals[2] ?? "")).toBe(name(refusals[3] ?? ""));
  });

  test.each([
    ["steps out of it", "allowed/../private/key", "bad-reference"],
    ["has an empty part", "allowed//db", "bad-reference"],
    ["links out of it", "allowed/link", "reference-unreadable"],
    ["lies behind a linked folder", "allowed/folder/key", "reference-unreadable"],
    ["is a folder", "allowed/sub", "reference-unreadable"],
    ["is empty", "allowed/empty", "reference-unreadable"],
    ["is one newline", "allowed/newline", "reference-unreadable"],
    ["is too large", "allowed/large", "reference-unreadable"],
    ["is not text", "allowed/bytes", "reference-unreadable"],
    ["is missing", "allowed/none", "reference-unreadable"],
  ])("to a file below an allowed folder that %s is refused", async (_what, path, code) => {
    const { desk, plan } = await openAttack();
    const at = (name: string) => join(desk.folder, "allowed", name);
    symlinkSync(join(desk.folder, "private/key"), at("link"));
    symlinkSync(join(desk.folder, "private"), at("folder"));
    mkdirSync(at("sub"));
    writeFileSync(at("empty"), "");
    writeFileSync(at("newline"), "\n");
    writeFileSync(at("large"), SECRET.repeat(4000));
    writeFileSync(at("bytes"), Buffer.concat([Buffer.from(SECRET), Buffer.from([0xff])]));
    const said = await plan(`{file: ${desk.folder}/${path}}`, `file:${desk.folder}/allowed/`);
    expect(said).toMatch(new RegExp(`\\[${code}\\]\\s+on settings/org\\.yaml:3:\\d+,`));
  });

  test("to an allowed file that was replaced by a link out of its folder is refused", async () => {
    const { desk, plan } = await openAttack();
    const link = join(desk.folder, "allowed/link");
    symlinkSync(join(desk.folder, "private/key"), link);
    expect(await plan(`{file: ${link}}`, `file:${link}`)).toContain("leads out of its folder");
  });

  test.each([
    "{env: A, file: /b}",
    "{}",
    "{env: A, more: b}",
    "{env: }",
    "{env: 'A B'}",
    "{file: db}",
    "{env: [A]}",
    "{file: /a/}",
  ])("that is spelled %s is refused at its place, without an environment", async (reference) => {
    const desk = await openDesk();
    desk.write({ ...REPOSITORY, "settings/org.yaml": `settings:\n  labels:\n    x: ${reference}\n` });
    const { code, stdout } = await desk.run(["validate", desk.repository]);
    expect([code, stdout]).toEqual([
      3,
      expect.stringMatching(/\[(bad-reference|wrong-type)\]\s+on settings\/org\.yaml:3:\d+,/),
    ]);
  });

  test.each([
    ["task_resource.max.cpu", "a quantity"],
    ["run.max_action_concurrency", "a number"],
    ["task_resource.mirror_limits_request", "true or false"],
    ["app.app_dns_strategy", "one of two words"],
    ["task_resource.default_accelerator", "an accelerator"],
  ])("at %s, which takes %s, is refused without its value", async (key) => {
    const desk = await openDesk("2026-11");
    desk.write({ ...REPOSITORY, "settings/org.yaml": `${key}: {env: ML_SECRET}\n` });
    const env = { ML_SECRET: "hunter22 [", POOLKEEPER_REFERENCES: "env:ML_SECRET" };
    const { code, stdout, stderr } = await desk.run(["plan", desk.repository], env);
    expect([code, stdout + stderr]).toEqual([
      3,
      expect.stringContaining(`[bad-reference-value]\n  on settings/org.yaml:1:${key.length + 3},`),
    ]);
    expect(stdout + stderr).not.toContain("hunter22");
  });

  test("to a text that means `no value` is no way to take a setting out", async () => {
    const desk = await openDesk();
    desk.write({ ...REPOSITORY, "settings/org.yaml": "security.service_account: {env: ML_SECRET}\n" });
    const { code } = await desk.run(["plan", desk.repository, "--reference", "env:ML_SECRET"], { ML_SECRET: "~unset" });
    expect(code).toBe(3);
  });

  test("is not possible where the value would be shown: the default queue, names, scopes", async () => {
    const desk = await openDesk();
    for (const text of [
      "run.default_queue: {env: ML_SECRET}\n",
      "scope: { domain: {env: ML_SECRET} }\nlabels: { a: b }\n",
      "settings: { labels: { a: b } }\nsensitive: [{env: ML_SECRET}]\n",
    ]) {
      desk.write({ ...REPOSITORY, "settings/org.yaml": text });
      const { code, stdout, stderr } = await desk.run(["plan", desk.repository, "--reference", "env:ML_SECRET"], {
        ML_SECRET: SECRET,
      });
      expect([code, stdout + stderr]).toEqual([3, expect.stringContaining("wrong-type")]);
      expect(stdout + stderr).not.toContain("hunter22");
    }
  });
});

describe("the value of a reference", () => {
  const env = { ML_SECRET: SECRET, POOLKEEPER_REFERENCES: "env:ML_SECRET" };
  const OPEN_PLACES = `settings:
  security.service_account: {env: ML_SECRET}
  pod_template_name: {env: ML_SECRET}
  run.run_base_dir: {env: ML_SECRET}
  labels: { team: ml, x: {env: ML_SECRET} }
  annotations: { y: {env: ML_SECRET} }
`;

  test("is shown in none of the places that are open otherwise, wanted and live alike, nor where it was taken out", async () => {
    const desk = await openDesk("2026-11");
    desk.write({ ...REPOSITORY, "settings/org.yaml": OPEN_PLACES });
    const said: string[] = [];
    const run = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await desk.run([...args, "--store", join(desk.folder, "store")], env);
      said.push(stdout, stderr);
      return code;
    };
    for (const format of [[], ["--json"], ["--markdown"]])
      expect(await run("plan", desk.repository, ...format)).toBe(0);
    expect(await run("apply", desk.repository, "--auto-approve")).toBe(0);
    expect(JSON.stringify([...desk.served.model.state.setting.rows.values()])).toContain(SECRET);
    expect(await run("plan", desk.repository, "--detailed-exitcode")).toBe(0);
    desk.write({ "settings/org.yaml": "authoritative: true\nsettings: { labels: { team: ml, x: open } }\n" });
    await run("plan", desk.repository);
    await run("drift", desk.repository);
    expect(said.join("\n")).not.toContain("hunter22");
    expect(said.join("\n")).toContain("(sensitive)");
  });

  test("that was rotated makes a saved plan stale: exit 5 with the field, and nothing is written", async () => {
    const desk = await openDesk("2026-11");
    desk.write({ ...REPOSITORY, "settings/org.yaml": "settings: { labels: { team: ml, x: {env: ML_SECRET} } }\n" });
    const file = join(desk.folder, "plan.json");
    expect((await desk.run(["plan", desk.repository, "--out", file], env)).code).toBe(0);
    const text = readFileSync(file, "utf8");
    expect(text).toContain('"env": "ML_SECRET"');
    expect(text).not.toContain("hunter22");
    const written = desk.served.model.journal.length;
    const refused = await desk.run(["apply", file, "--auto-approve"], { ...env, POOLKEEPER_REFERENCES: "" });
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining("reference-not-allowed")]);
    const rotated = await desk.run(["apply", file, "--auto-approve"], { ...env, ML_SECRET: "hunter22-rotated" });
    expect([rotated.code, rotated.stderr]).toEqual([
      5,
      expect.stringContaining("labels.x differs between the file and the current plan"),
    ]);
    expect(rotated.stderr).toContain("the value of a reference has changed");
    expect(rotated.stdout + rotated.stderr).not.toMatch(/hunter22|[0-9a-f]{64}/);
    expect(desk.served.model.journal).toHaveLength(written);
    expect((await desk.run(["apply", file, "--auto-approve"], env)).code).toBe(0);
    expect(JSON.stringify([...desk.served.model.state.setting.rows.values()])).toContain(SECRET);
  });
});
