/**
 * The attacker reads logs of jobs, in which commands fail whose arguments have credentials in them: addresses that were given in a place
 * where none belongs, tokens in place of a name. No error repeats one, and commands that an error offers can be pasted as they are.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { homeIn, openDesk } from "../cli/run-program.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { runInProcess } from "../set-up/run-in-process.ts";

const ADDRESS = "https://robot:pa55word@host.example.com/x";
const USER = "https://pa55wordtoken@host.example.com";
const TOKEN = ["ghp_", "a1B2".repeat(9)].join("");
const SECRETS = /pa55word|ghp_/;

const run = (args: readonly string[]) => {
  const folder = makeTemporaryFolder();
  return runInProcess(args, homeIn(folder), folder);
};

describe.each([
  [ADDRESS, "https://***@host.example.com/x", true],
  [USER, "https://***@host.example.com", true],
  [TOKEN, "***", false],
])("an argument like %s", (secret, shown, isAddress) => {
  test.each([
    [[secret], `poolkeeper has no command "${shown}"`],
    [["show", secret], `${shown}: file not found. Save a plan with poolkeeper plan DIR --out FILE.`],
    [["plan", secret], isAddress ? "DIR: it is an address" : `cannot read the folder ${shown}`],
    [["plan", ".", secret], `unexpected "${shown}"`],
    [["plan", ".", `--${secret}`], "Error: poolkeeper plan "],
    [["plan", ".", "--prune", secret], `--prune ${shown}: write one of none, owned, all`],
    [["plan", ".", "--timeout", secret], `--timeout ${shown}: write 30s`],
    [["schema", secret], `Unknown kind "${shown}"`],
    [
      ["apply", secret, "--json"],
      isAddress ? "PATH: it is an address" : `${shown}: not found. Pass a folder of manifests`,
    ],
  ])("is not repeated in the error of %j", async (args, words) => {
    const { stdout, stderr, code } = await run(args);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(`${stdout}${stderr}`).not.toMatch(SECRETS);
  });
});

test("nor is the place of a picture that can't be written", async () => {
  const desk = await openDesk();
  desk.write({ "pools/a.yaml": "" });
  const { stderr } = await desk.run(["graph", desk.repository, "--out", ADDRESS]);
  expect(stderr).toContain("https://***@host.example.com/x");
  expect(stderr).not.toMatch(SECRETS);
});

test("what an error offers to be pasted keeps what is no credential: users of SSH, and names with signs", async () => {
  const desk = await openDesk();
  const plan = join(desk.folder, "plan of key=a@b:c.json");
  await desk.run(["plan", desk.repository, "--out", plan]);
  const { stderr } = await desk.run(["apply", plan], { POOLKEEPER_ENDPOINT: "", POOLKEEPER_ORG: "" });
  expect(stderr).toContain(`run: poolkeeper apply '${plan}' --endpoint ${desk.served.url} --org acme`);
  const place = "ssh://git@host.example.com/acme/pools.git";
  expect((await desk.run(["plan", desk.repository, "--deliver", place])).stderr).toContain(
    `as in ${place}#poolkeeper.`,
  );
});

test("what stands where a number of an App belongs is not repeated: its key was mistaken for it", async () => {
  const folder = makeTemporaryFolder();
  const pull_requests = {
    ...{ forge: "github", url: "https://github.com", repository: "acme/pools" },
    app: { id: "opensesame", installation: "opensesame", key: { env: "KEY" } },
  };
  const repository = { url: "https://github.com/acme/pools.git", pull_requests };
  const control_plane = { endpoint: "https://union.example.com", org: "acme" };
  const text = JSON.stringify({ targets: [{ name: "prod", repository, control_plane }] });
  writeFileSync(join(folder, "poolkeeper.yaml"), text);
  const { stdout, code } = await runInProcess(["config", "check", "poolkeeper.yaml"], homeIn(folder), folder);
  expect(code).toBe(3);
  expect(stdout).toContain('pull_requests.app.id" must be a whole number, not this text');
  expect(stdout).not.toContain("opensesame");
});
