/**
 * The attacker writes manifests, or makes a link in the folder of somebody else's. Nothing of a value is dropped without a word, and what
 * a folder leaves out is not read under another name.
 */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDocuments } from "../../src/manifests/yaml/parse-documents.ts";
import { openDesk } from "../cli/run-program.ts";
import { readDocuments } from "../manifests/read-documents.ts";

const words = fc.stringMatching(/^[a-zA-Z0-9!$%^*()_+-]{6,20}$/);

test("a password that begins with & is never shortened in silence, and not repeated", () => {
  fc.assert(
    fc.property(words, fc.option(words, { nil: "" }), (name, rest) => {
      const { documents, broken } = parseDocuments(`a: 1\nDB_PASSWORD: &${name} ${rest}\n`);
      const problems = [...documents, ...broken].flatMap((part) => part.problems);
      expect(problems).not.toEqual([]);
      expect(problems[0]).toMatchObject({ line: 2 });
      expect(JSON.stringify(problems)).not.toContain(name);
    }),
  );
});

test("an anchor that is used is told by its alias alone", () => {
  const { documents } = parseDocuments("a: &x 1\nb: *x\n");
  expect(documents.flatMap(({ problems }) => problems.map(({ code }) => code))).toEqual(["yaml-alias"]);
});

test("validate and plan do not apply the rest of such a password", async () => {
  const desk = await openDesk();
  const settings = "scope: { domain: development }\nsettings: { environment_variables: { DB_PASSWORD: &hunter2 x } }\n";
  desk.write({ "settings/dev.yaml": settings });
  for (const command of ["validate", "plan"]) {
    const { code, stdout, stderr } = await desk.run([command, desk.repository]);
    expect([code, stdout + stderr]).toEqual([3, expect.stringMatching(/settings\/dev\.yaml:2:51[\s\S]*in quotes/)]);
    expect(stdout + stderr).not.toContain("hunter2");
  }
});

const NUMBERS = ["0123", "0x10", "0o17", "0b1", "1e3", "1e-3", "00", "12345678901234567890"];

test.each(NUMBERS)(
  "a name that is a number to other readers of YAML is refused without quotes, wherever it stands: %s",
  (name) => {
    const pool = "config: { object_store_ref: { uri: s3://b }, secret_store: { type: VAULT } }";
    const files = (text: string) => ({
      "pools/a.yaml": `name: ${text}\n${pool}\n`,
      "clusters/a.yaml": `name: c\npool: ${text}\n`,
      "queues/a.yaml": `name: q\ncluster_pool: ${text}\nclusters:\n  - c\n  - ${text}\nrun_concurrency: 1\naction_concurrency: 1\n`,
      "settings/a.yaml": `scope: { domain: development, project: ${text} }\nsettings: { run.default_queue: ${text} }\n`,
    });
    const listOf = (text: string) =>
      readDocuments(files(text)).diagnostics.filter(
        ({ code, detail }) => code === "wrong-type" && detail?.includes(name),
      );
    expect(listOf(name).map(({ file, line }) => `${file}:${line}`)).toEqual([
      "pools/a.yaml:1",
      "clusters/a.yaml:2",
      "queues/a.yaml:2",
      "queues/a.yaml:5",
      "settings/a.yaml:1",
      "settings/a.yaml:2",
    ]);
    expect([...listOf(`"${name}"`), ...listOf(`'${name}'`)]).toEqual([]);
  },
);

test("what only looks like a number is a name, and a quantity stays one without quotes", () => {
  const queue = (name: string) =>
    `name: ${name}\nrun_concurrency: 1\naction_concurrency: 1\nmax_resources: { cpu: 1e3, memory: 0123 }\n`;
  for (const name of ["0x", "1e", "e3", "0xg", "1-2", "a1", "1a"]) {
    const { diagnostics } = readDocuments({ "queues/a.yaml": queue(name) });
    expect(diagnostics.filter(({ code }) => code === "wrong-type")).toEqual([]);
  }
});

test("a link into .git tells nothing of it", async () => {
  const desk = await openDesk();
  mkdirSync(join(desk.repository, ".git"));
  mkdirSync(join(desk.repository, "settings"));
  writeFileSync(join(desk.repository, ".git", "config"), "hidden-name: hidden-value\n");
  symlinkSync("../.git/config", join(desk.repository, "settings", "a.yaml"));
  symlinkSync(".git", join(desk.repository, "queues"));
  const { code, stdout, stderr } = await desk.run(["validate", desk.repository]);
  expect([code, stdout]).toEqual([3, expect.stringContaining("settings/a.yaml")]);
  expect(stdout + stderr).not.toContain("hidden-");
});
