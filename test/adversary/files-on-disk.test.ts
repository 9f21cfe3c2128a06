/**
 * The attacker has another account on the machine that poolkeeper runs on: what it keeps is read by its owner alone, whatever the
 * umask is, and whatever a former release left.
 */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeResult } from "../../src/cli/output/write-result.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { openDesk } from "../cli/run-program.ts";
import { flyteClusters, openSystemsDesk, systems } from "../cli/systems.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

/** As careless as it can be. */
function useOpenUmask(): void {
  const former = process.umask(0);
  onTestFinished(() => void process.umask(former));
}

async function openUntilEnd(folder: string): Promise<void> {
  const database = await openDatabase(folder, { exclusive: true });
  onTestFinished(() => database.close());
  await database.records.takeDelivery("1", null);
}

const modesIn = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]));

test("a new store is its owner's alone: folder, database, log and lock", async () => {
  useOpenUmask();
  const folder = join(makeTemporaryFolder(), "data", "store");
  await openUntilEnd(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const modes = modesIn(folder);
  expect(Object.keys(modes)).toEqual(
    expect.arrayContaining(["poolkeeper.sqlite", "poolkeeper.sqlite-wal", "daemon.lock"]),
  );
  expect(Object.values(modes).filter((mode) => mode !== 0o600)).toEqual([]);
});

test("a store that a former release left open to others is closed to them", async () => {
  useOpenUmask();
  const folder = join(makeTemporaryFolder(), "store");
  mkdirSync(folder, { mode: 0o755 });
  const first = await openDatabase(folder);
  await first.close();
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644);
  await openUntilEnd(folder);
  expect(Object.values(modesIn(folder)).filter((mode) => mode !== 0o600)).toEqual([]);
});

test("a saved plan is its owner's alone where a file that others may read stood before", () => {
  useOpenUmask();
  const folder = makeTemporaryFolder();
  const file = join(folder, "plan.json");
  writeFileSync(file, "former\n", { mode: 0o644 });
  writeResult(file, "new\n", "The plan");
  expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["new\n", 0o600]);
  expect(readdirSync(folder)).toEqual(["plan.json"]);
});

test("who has opened the former file reads nothing of the new plan", () => {
  const folder = makeTemporaryFolder();
  const file = join(folder, "plan.json");
  writeFileSync(file, "former\n", { mode: 0o644 });
  const before = statSync(file).ino;
  writeResult(file, "new\n", "The plan");
  expect(statSync(file).ino).not.toBe(before);
});

test("a link to a file stays a link, and a plan that can't be written leaves the former one", () => {
  const folder = makeTemporaryFolder();
  const [file, link] = [join(folder, "plan.json"), join(folder, "latest.json")];
  writeFileSync(file, "former\n");
  symlinkSync(file, link);
  writeResult(link, "new\n", "The plan");
  expect([lstatSync(link).isSymbolicLink(), readFileSync(file, "utf8")]).toEqual([true, "new\n"]);
  expect(() => writeResult("/dev/full", "new\n", "The plan")).toThrow(
    "The plan can't be saved in /dev/full: ENOSPC: no space left on device",
  );
});

test("a delivered file with a sensitive value is its owner's alone, and one that others may read already stays so", async () => {
  useOpenUmask();
  const desk = await openSystemsDesk();
  const deliver = (rest: string) => {
    desk.write({ "flyte-clusters/flyte.yaml": flyteClusters("dp1") + rest });
    return desk.run(["apply", desk.repository, "--auto-approve", ...systems(desk)]);
  };
  const modes = () => modesIn(join(desk.output, "flyte"));
  expect((await deliver("database: { password: hunter22-values }\n")).code).toBe(0);
  const secret = "values-override.yaml";
  expect(readFileSync(join(desk.output, "flyte", secret), "utf8")).toContain("hunter22-values");
  expect(modes()[secret]).toBe(0o600);
  chmodSync(join(desk.output, "flyte", secret), 0o640);
  expect((await deliver("database: { password: hunter23-values }\n")).code).toBe(0);
  expect(modes()[secret]).toBe(0o640);
});

test("a store's folder that everybody may write to is warned about, and one where nobody replaces files of others is not", async () => {
  const desk = await openDesk();
  const folder = join(desk.folder, "store");
  const planIn = async (mode: number) => {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, mode);
    const { code, stderr } = await desk.run(["plan", desk.repository, "--store", folder]);
    return { code, warned: stderr.includes(`All users of this machine can write to ${folder}`) };
  };
  expect(await planIn(0o777)).toEqual({ code: 0, warned: true });
  expect(await planIn(0o1777)).toEqual({ code: 0, warned: false });
  expect(await planIn(0o770)).toEqual({ code: 0, warned: false });
});
