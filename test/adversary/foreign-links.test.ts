/**
 * The attacker has pushed symbolic links to the repository that a CI job or an operator has checked out: a command that saves a file there
 * writes nothing elsewhere.
 */
import { execFile } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { pool } from "../cli/manifests.ts";
import { type Desk, openDesk, PROGRAM } from "../cli/run-program.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

/** The desk's folder, in which commands run, is what is checked out; `home` is outside of it. */
async function openCheckout() {
  const desk = await openDesk();
  desk.write({ "pools/prod.yaml": pool("prod") });
  const home = makeTemporaryFolder();
  const keys = join(home, "authorized_keys");
  writeFileSync(keys, "ssh-ed25519 AAAA\n");
  const link = (target: string, path: string) => symlinkSync(target, join(desk.folder, path));
  return { desk, home, keys, link };
}

/** What each command is asked to save, in a file of the checkout. */
const COMMANDS: Readonly<Record<string, (desk: Desk, file: string) => readonly string[]>> = {
  plan: ({ repository }, file) => ["plan", repository, "--out", file],
  graph: ({ repository }, file) => ["graph", repository, "--out", file],
};

test.each(Object.entries(COMMANDS))("%s writes nothing through a link that leads out of its folder", async (_, ask) => {
  const { desk, keys, link } = await openCheckout();
  link(keys, "saved");
  const { code, stderr } = await desk.run(ask(desk, "saved"));
  expect([code, readFileSync(keys, "utf8")]).toEqual([1, "ssh-ed25519 AAAA\n"]);
  expect(stderr).toContain("saved is a symbolic link that leads out of its folder");
});

test("init writes beside a folder that has the name of a half-written file", async () => {
  const { desk } = await openCheckout();
  const folder = join(desk.folder, "new", ".poolkeeper.target.yaml.abcdef123456.poolkeeper-tmp");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "note"), "");
  const { code, stderr } = await desk.run(["init", "new"]);
  expect([code, stderr, readdirSync(folder)]).toEqual([0, expect.any(String), ["note"]]);
});

test.each([
  ...Object.entries(COMMANDS),
  ["backup", (_desk: Desk, file: string) => ["backup", file, "--store", "store"]],
] as const)("%s writes nothing into a linked folder that leads out of the working folder", async (_, ask) => {
  const { desk, home, link } = await openCheckout();
  expect((await desk.run(["apply", desk.repository, "--store", "store", "--auto-approve"])).code).toBe(0);
  link(home, "build");
  const { code, stderr } = await desk.run(ask(desk, "build/saved"));
  expect([code, readdirSync(home)]).toEqual([1, ["authorized_keys"]]);
  expect(stderr).toContain("build/saved is behind a symbolic link that leads out of the working folder");
});

test.each(["build", "build/new", "build/new/er"])(
  "init and import write nothing into %s, behind a linked folder",
  async (folder) => {
    const { desk, home, link } = await openCheckout();
    expect((await desk.run(["apply", desk.repository, "--store", "store", "--auto-approve"])).code).toBe(0);
    link(home, "build");
    for (const args of [
      ["init", folder],
      ["import", "--out", folder],
    ]) {
      const { code, stderr } = await desk.run(args);
      expect([code, readdirSync(home)]).toEqual([1, ["authorized_keys"]]);
      expect(stderr).toContain("is behind a symbolic link that leads out of the working folder");
    }
  },
);

test.each(["store", "behind/store"])(
  "a store in %s, which leads out of the working folder, is not opened",
  async (store) => {
    const { desk, home, link } = await openCheckout();
    mkdirSync(join(home, "store"));
    link(join(home, "store"), "store");
    link(home, "behind");
    for (const args of [["apply", desk.repository, "--auto-approve"], ["plan", desk.repository], ["history"]]) {
      const { code, stderr } = await desk.run([...args, "--store", store]);
      expect([code, readdirSync(join(home, "store"))]).toEqual([1, []]);
      expect(stderr).toContain("is behind a symbolic link that leads out of the working folder");
    }
  },
);

test("a store whose file leads out of its folder is not opened", async () => {
  const { desk, keys, link } = await openCheckout();
  mkdirSync(join(desk.folder, "store"));
  link(keys, "store/poolkeeper.sqlite");
  const { code, stderr } = await desk.run(["apply", desk.repository, "--store", "store", "--auto-approve"]);
  expect([code, readFileSync(keys, "utf8")]).toEqual([1, "ssh-ed25519 AAAA\n"]);
  expect(stderr).toContain("store/poolkeeper.sqlite is a symbolic link that leads out of its folder");
});

test("a backup takes the place of a link, and what that leads to stays", async () => {
  const { desk, keys, link } = await openCheckout();
  expect((await desk.run(["apply", desk.repository, "--store", "store", "--auto-approve"])).code).toBe(0);
  link(keys, "saved");
  expect((await desk.run(["backup", "saved", "--store", "store"])).code).toBe(0);
  expect(lstatSync(join(desk.folder, "saved")).isFile()).toBe(true);
  expect(readFileSync(keys, "utf8")).toBe("ssh-ed25519 AAAA\n");
});

test("a link to nothing outside is replaced, and nothing appears where it led", async () => {
  const { desk, home, link } = await openCheckout();
  link(join(home, "planted"), "plan.json");
  expect((await desk.run(["plan", desk.repository, "--out", "plan.json"])).code).toBe(0);
  expect(lstatSync(join(desk.folder, "plan.json")).isFile()).toBe(true);
  expect(readdirSync(home)).toEqual(["authorized_keys"]);
});

test("links within their folder, paths outside of the working folder, and open files of the process are written to as they are named", async () => {
  const { desk, home, link } = await openCheckout();
  mkdirSync(join(desk.folder, "out"));
  link("out", "build");
  link("out/1.json", "latest.json");
  writeFileSync(join(desk.folder, "out", "1.json"), "");
  const mounted = join(makeTemporaryFolder(), "mounted");
  symlinkSync(home, mounted);
  for (const file of ["build/plan.json", "latest.json", join(mounted, "plan.json")]) {
    expect([file, (await desk.run(["plan", desk.repository, "--out", file])).code]).toEqual([file, 0]);
  }
  expect(readFileSync(join(desk.folder, "out", "1.json"), "utf8")).toContain("format_version");
  expect(lstatSync(join(desk.folder, "latest.json")).isSymbolicLink()).toBe(true);
  for (const file of ["/dev/stdout", "/dev/fd/1"]) {
    expect(await pipe(desk, ["plan", desk.repository, "--out", file])).toContain('"format_version"');
  }
});

/** What a command prints into a pipe. Its output in this process is a socket, which can't be opened by a name. */
async function pipe({ env, folder }: Desk, args: readonly string[]): Promise<string> {
  const command = [process.execPath, PROGRAM, ...args];
  const { stdout } = await promisify(execFile)("sh", ["-c", '"$0" "$@" | cat', ...command], { env, cwd: folder });
  return stdout;
}
