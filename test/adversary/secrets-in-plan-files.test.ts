import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pool, queue } from "../cli/manifests.ts";
import { openAppliedDesk } from "../cli/run-program.ts";

/** The attacker can read plan files: artefacts of a job. The secrets of manifests and of the control plane are in none of them. */

const WANTED = "hunter22-wanted";
const LIVE = "hunter22-live";
const KEY = { POOLKEEPER_PLAN_KEY: "k".repeat(64) };

const settings = (value: string) =>
  `scope: { domain: development }\nsettings: { environment_variables: { DB_PASSWORD: ${value} }, labels: { team: ml } }\n`;

const REPOSITORY = {
  "pools/prod.yaml": pool("prod"),
  "clusters/c1.yaml": "name: c1\npool: prod\n",
  "queues/any.yaml": queue("any", "prod", ["*"]),
};

/** A saved plan that changes a secret; the live one is another. */
async function openWithSecret(env: Readonly<Record<string, string>> = {}) {
  const desk = await openAppliedDesk({ ...REPOSITORY, "settings/dev.yaml": settings(LIVE) });
  desk.write({ "settings/dev.yaml": settings(WANTED) });
  const file = join(desk.folder, "plan.json");
  const planned = await desk.run(["plan", desk.repository, "--out", file], env);
  expect(planned.code).toBe(0);
  const readValues = () =>
    JSON.stringify([...desk.served.model.state.setting.rows.values()].map(({ values }) => values));
  return { desk, file, printed: planned.stdout + planned.stderr, readValues };
}

describe("a plan file of manifests with a secret", () => {
  test.each([{}, KEY])("holds neither the wanted nor the live one: %j", async (env) => {
    const { desk, file, printed } = await openWithSecret(env);
    const shown = await desk.run(["show", file, "--json"], env);
    for (const text of [readFileSync(file, "utf8"), printed, shown.stdout, shown.stderr]) {
      expect(text).not.toContain("hunter22");
    }
  });

  test("is applied by the command that the plan prints, with the plan key and without", async () => {
    const [plain, encrypted] = [await openWithSecret(), await openWithSecret(KEY)];
    expect(plain.printed).toContain(`poolkeeper apply ${plain.file} --manifests ${plain.desk.repository}\n`);
    expect(encrypted.printed).toContain(`poolkeeper apply ${encrypted.file}\n`);
    const { desk, file } = plain;
    const key = join(desk.folder, "plan.key");
    writeFileSync(key, KEY.POOLKEEPER_PLAN_KEY);
    const planned = await desk.run(["plan", desk.repository, "--out", file, "--plan-key-file", key]);
    expect(planned.stderr).toContain(`poolkeeper apply ${file} --plan-key-file ${key}\n`);
  });

  test("is applied with the folder of the manifests, and not without", async () => {
    const { desk, file, readValues } = await openWithSecret();
    const alone = await desk.run(["apply", file, "--auto-approve"]);
    expect([alone.code, alone.stderr]).toEqual([1, expect.stringContaining("--manifests DIR")]);
    const { code, stdout } = await desk.run(["apply", file, "--auto-approve", "--manifests", desk.repository]);
    expect([code, readValues()]).toEqual([0, expect.stringContaining(WANTED)]);
    expect(stdout).not.toContain("hunter22");
  });

  test.each([
    ["another secret", { "settings/dev.yaml": settings("hunter22-other") }],
    ["another field", { "queues/any.yaml": queue("any", "prod", ["*"], "depth: 7\n") }],
    ["another manifest", { "queues/more.yaml": queue("more", "prod", ["*"]) }],
  ])("is refused with a folder that has %s: exit 5, nothing is written", async (_what, files) => {
    const { desk, file } = await openWithSecret();
    desk.write(files);
    const place = desk.served.model.journal.length;
    const { code, stderr } = await desk.run(["apply", file, "--auto-approve", "--manifests", desk.repository]);
    expect([code, stderr]).toEqual([5, expect.stringContaining(`${Object.keys(files)[0]}:1 differs`)]);
    expect(stderr).not.toContain("hunter22");
    expect(desk.served.model.journal).toHaveLength(place);
  });

  test("is applied with the plan key alone, and not with another one", async () => {
    const { desk, file, readValues } = await openWithSecret(KEY);
    const apply = (env: Readonly<Record<string, string>>) => desk.run(["apply", file, "--auto-approve"], env);
    const other = await apply({ POOLKEEPER_PLAN_KEY: "o".repeat(64) });
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("not authenticated by the plan key")]);
    expect((await apply({})).code).toBe(1);
    expect([(await apply(KEY)).code, readValues()]).toEqual([0, expect.stringContaining(WANTED)]);
  });

  test("says that the live one has changed since, and not to what", async () => {
    const { desk, file } = await openWithSecret(KEY);
    const value = { DB_PASSWORD: "hunter22-meanwhile" };
    await desk.post("/mutate", {
      op: "set",
      kind: "settings",
      name: "development",
      path: "environment_variables",
      value,
    });
    const { code, stderr } = await desk.run(["apply", file, "--auto-approve"], KEY);
    expect([code, stderr]).toEqual([
      5,
      expect.stringContaining("environment_variables.DB_PASSWORD is (sensitive) now"),
    ]);
    expect(stderr).not.toMatch(/hunter22|[0-9a-f]{64}/);
  });
});

describe("a plan key", () => {
  test.each([
    ["", /POOLKEEPER_PLAN_KEY is empty: a plan key has at least 32 bytes/],
    ["short", /POOLKEEPER_PLAN_KEY has 5 bytes/],
  ])("%j is refused, so that nothing counts as authenticated by it", async (key, words) => {
    const { desk, file } = await openWithSecret();
    for (const args of [
      ["apply", file, "--auto-approve"],
      ["show", file],
      ["plan", desk.repository],
    ]) {
      const { code, stderr } = await desk.run(args, { POOLKEEPER_PLAN_KEY: key });
      expect([code, stderr]).toEqual([1, expect.stringMatching(words)]);
    }
  });

  test("refuses a plan that was saved without one; a file counts before the variable", async () => {
    const { desk, file } = await openWithSecret();
    const keyFile = join(desk.folder, "key");
    writeFileSync(keyFile, `${KEY.POOLKEEPER_PLAN_KEY}\n`);
    const unsigned = await desk.run(["apply", file, "--auto-approve"], KEY);
    expect([unsigned.code, unsigned.stderr]).toEqual([1, expect.stringContaining("saved without a plan key")]);
    const flag = ["--plan-key-file", keyFile];
    expect((await desk.run(["plan", desk.repository, "--out", file, ...flag])).code).toBe(0);
    const other = { POOLKEEPER_PLAN_KEY: "o".repeat(64) };
    const shown = await desk.run(["show", file, ...flag], other);
    expect([shown.code, shown.stderr]).toEqual([0, expect.stringContaining("is authenticated")]);
    expect((await desk.run(["apply", file, "--auto-approve", ...flag], other)).code).toBe(0);
  });
});
