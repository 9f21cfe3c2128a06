/**
 * The attacker may write into a folder that the daemon reads or delivers into, and nowhere else, and wants to read or change other files of
 * the daemon. They put a link in the place of what was just looked at: a file, or the folder that has it.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import files from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createDiskView } from "../../src/manifests/folder/folder-view.ts";
import { createTextReader } from "../../src/manifests/folder/read-text.ts";
import { createFolderSink } from "../../src/systems/delivery/create-folder-sink.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { deliverFreely } from "../set-up/open-fence.ts";

const PATH = "flyte/values-override.yaml";
const SECRET = "the codeword is hunter\n";

/** An output with a delivered file, and a folder of the daemon's own with a file of that name. */
function openOutput() {
  const home = makeTemporaryFolder();
  const [output, outside] = [join(home, "output"), join(home, "outside")];
  for (const folder of [output, join(output, "flyte"), outside]) mkdirSync(folder);
  writeFileSync(join(output, PATH), "a: 1\n");
  writeFileSync(join(outside, "values-override.yaml"), SECRET);
  return { output, outside, sink: deliverFreely(createFolderSink(output)) };
}

/** Until the test ends, each look at a path is followed by the attacker's act, `after` so many looks for the first time. */
function afterLook(path: string, act: () => void, after = 1): void {
  const { lstat } = files;
  let looks = 0;
  const spy = async (...asked: Parameters<typeof lstat>) => {
    const found = await lstat(...asked);
    looks += asked[0] === path ? 1 : 0;
    if (asked[0] === path && looks === after) act();
    return found;
  };
  Object.assign(files, { lstat: spy });
  syncBuiltinESMExports();
  onTestFinished(() => {
    Object.assign(files, { lstat });
    syncBuiltinESMExports();
  });
}

/** Puts a link in the place of something. */
function swap(path: string, target: string): void {
  renameSync(path, `${path}.own`);
  symlinkSync(target, path);
}

const REFUSED = { code: "delivery_link", message: expect.stringContaining("is a symbolic link") };

test("a link in the place of a file that was just looked at is not read", async () => {
  const { output, outside, sink } = openOutput();
  afterLook(join(output, PATH), () => swap(join(output, PATH), join(outside, "values-override.yaml")));
  await expect(sink.readDelivered([PATH])).rejects.toMatchObject(REFUSED);
});

test.each([PATH, "flyte"])(
  "a link in the place of a folder that was just looked at is not followed to read %s",
  async (path) => {
    const { output, outside, sink } = openOutput();
    afterLook(join(output, "flyte"), () => swap(join(output, "flyte"), outside));
    await expect(sink.readDelivered([path])).rejects.toMatchObject(REFUSED);
  },
);

test("what is no file any more when it is read keeps no one waiting", async () => {
  const { output, sink } = openOutput();
  afterLook(join(output, PATH), () => {
    renameSync(join(output, PATH), join(output, "own"));
    execFileSync("mkfifo", [join(output, PATH)]);
  });
  await expect(sink.readDelivered([PATH])).rejects.toMatchObject({ code: "delivery_in_the_way" });
});

test("a file that grew since it was looked at is refused for its size", async () => {
  const { output, sink } = openOutput();
  afterLook(join(output, PATH), () => writeFileSync(join(output, PATH), Buffer.alloc(5 * 1024 * 1024, "x")));
  await expect(sink.readDelivered([PATH])).rejects.toMatchObject({
    ...{ code: "delivery_unreadable", message: expect.stringContaining("is larger than 4 MB") },
  });
});

test.each([
  ["written", [{ path: PATH, text: "a: 2\n" }], []],
  ["removed", [], [PATH]],
] as const)(
  "nothing is %s through a link in the place of a folder, whenever it comes",
  async (_what, written, removes) => {
    for (let after = 1; after <= 6; after += 1) {
      const { output, outside, sink } = openOutput();
      afterLook(join(output, "flyte"), () => swap(join(output, "flyte"), outside), after);
      const expected = [{ path: PATH, text: "a: 1\n" }];
      await sink.deliver({ files: written, removes, message: "m", expected }).catch(() => undefined);
      expect(readdirSync(outside)).toEqual(["values-override.yaml"]);
      expect(readFileSync(join(outside, "values-override.yaml"), "utf8")).toBe(SECRET);
    }
  },
);

test("manifests are not read through links that came after they were found", () => {
  const { output: root, outside } = openOutput();
  const view = createDiskView(root);
  const [folder] = [...view.list(root)];
  const [file] = [...view.list(folder?.realPath ?? expect.fail())];
  const path = file?.realPath ?? expect.fail();
  const read = createTextReader(1000);
  expect(read(path, PATH)).toMatchObject({ ok: true, text: "a: 1\n" });
  swap(join(root, PATH), join(outside, "values-override.yaml"));
  expect(read(path, PATH)).toMatchObject({ ok: false, diagnostic: { code: "file-unreadable" } });
  swap(join(root, "flyte"), outside);
  expect(read(path, PATH)).toMatchObject({ ok: false, diagnostic: { code: "file-unreadable" } });
  expect(() => [...view.list(join(root, "flyte"))]).toThrow("was replaced by a link");
});
