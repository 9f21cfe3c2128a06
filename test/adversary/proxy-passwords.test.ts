/**
 * The attacker reads what poolkeeper shows, without a token too: pages, the API, the log, what a command prints. A proxy's password is in the
 * environment, of a proxy of any kind, and git, which gets it as well, says in its messages what it takes for the proxy.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "../cli/manifests.ts";
import { openDesk } from "../cli/run-program.ts";
import { EVERYTHING, openSystemsDesk, systems } from "../cli/systems.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { startProcess, tryProcess } from "../daemon/start-process.ts";
import { openGitWorld } from "../systems/delivery/git-world.ts";

const WELL = "socks5://proxyman:mark-horse@127.0.0.1:1";
const SPOILED = ["socks5://proxyman:mark#horse@127.0.0.1:1", "http://proxyman:1234/mark@127.0.0.1:1"];
const MARK = /mark|horse/;
const NAMES = ["HTTPS_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/** The search path of a git that asks no server, and says which proxy it has. */
function quoteProxy(folder: string): string {
  const bin = join(folder, "quoting");
  mkdirSync(bin);
  const real = execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim();
  const ask = `echo "fatal: unable to access: no proxy '\${ALL_PROXY#*//}', $(printf %s "\${ALL_PROXY#*//}" | cut -d@ -f1)" >&2; exit 128`;
  const text = `#!/bin/sh\ncase " $* " in *" fetch "*|*" ls-remote "*) ${ask};; esac\nexec "${real}/git" "$@"\n`;
  writeFileSync(join(bin, "git"), text, { mode: 0o755 });
  return `${bin}:${process.env.PATH ?? ""}`;
}

test("a daemon shows nothing of it where git says it of a fetch, neither on the page nor in API and log", async () => {
  const world = await openDaemonWorld();
  Object.assign(world.env, { ALL_PROXY: WELL, PATH: quoteProxy(world.folder) });
  const daemon = await startProcess(world, world.write());
  const target = await daemon.until(({ status }) => status.message.includes("git failed"));
  expect(target.status.message).toContain("no proxy '***@127.0.0.1:1'");
  expect(JSON.stringify(target)).not.toMatch(MARK);
  expect(await (await fetch(`${daemon.url}/targets/prod`)).text()).not.toMatch(MARK);
  expect(daemon.log.join("\n")).not.toMatch(MARK);
});

test.each([[[]], [["--json"]]])("a command shows nothing of it where git says it of a delivery: %j", async (format) => {
  const desk = await openSystemsDesk();
  desk.write(EVERYTHING);
  const env = { ALL_PROXY: WELL, PATH: quoteProxy(desk.folder) };
  const args = ["plan", desk.repository, ...systems(desk, `${openGitWorld().url}#main`), ...format];
  const { stdout, stderr } = await desk.run(args, env);
  expect(stdout + stderr).toContain("no proxy '***@127.0.0.1:1'");
  expect(stdout + stderr).not.toMatch(MARK);
});

test.each(SPOILED)("a daemon does not start with %j, and shows nothing of it", async (proxy) => {
  for (const name of NAMES) {
    const world = await openDaemonWorld();
    world.env[name] = proxy;
    const ended = await tryProcess(world, world.write());
    expect([name, ended]).toMatchObject([name, { code: 1 }]);
    const said = "code" in ended ? ended.log.join("\n") : "";
    expect(said).toContain(`${name} is not a URL`);
    expect(said).not.toMatch(MARK);
  }
});

test.each(SPOILED)("a command that calls something does nothing with %j, and shows nothing of it", async (proxy) => {
  const desk = await openDesk();
  desk.write(REPOSITORY);
  for (const name of NAMES) {
    for (const args of [["status"], ["plan", desk.repository], ["targets"]]) {
      const { code, stdout, stderr } = await desk.run(args, { [name]: proxy });
      expect([name, args, code, stderr]).toEqual([name, args, 1, expect.stringContaining(`${name} is not a URL`)]);
      expect(stdout + stderr).not.toMatch(MARK);
    }
    expect((await desk.run(["validate", desk.repository], { [name]: proxy })).code).toBe(0);
  }
});
