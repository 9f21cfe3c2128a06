import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createFolderSink } from "../../../src/systems/delivery/create-folder-sink.ts";
import type { Delivery } from "../../../src/systems/delivery/sink.ts";
import { deliverFreely } from "../../set-up/open-fence.ts";

let folder: string;
let outside: string;

beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), "poolkeeper-folder-"));
  folder = join(root, "output");
  outside = join(root, "outside");
  mkdirSync(folder);
  mkdirSync(outside);
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
});

const FILE = { path: "flyte/values-override.yaml", text: "a: 1\n" };
function delivery(changes: Partial<Delivery> = {}): Delivery {
  return { files: [FILE], removes: [], message: "m", expected: [], ...changes };
}

describe("delivering to a folder", () => {
  test.each([
    ["files", 11_000, 0],
    ["bytes", 40, 4_000_000],
    ["folders in one", 11_000, null],
    ["folders in several", 5_100, null],
  ])("an output of too many %s is not read", async (what, count, size) => {
    const places = what === "folders in several" ? ["flyte/a", "flyte/b"] : ["flyte"];
    for (const place of places) mkdirSync(join(folder, place), { recursive: true });
    for (const name of places.flatMap((place) =>
      Array.from({ length: count }, (_, at) => join(folder, place, `f${at}`)),
    )) {
      if (size === null) mkdirSync(name);
      else writeFileSync(name, Buffer.alloc(size, "x"));
    }
    await expect(deliverFreely(createFolderSink(folder)).readDelivered(["flyte"])).rejects.toMatchObject({
      code: "delivery_unreadable",
      message: expect.stringMatching(
        /^The output has more than 10000 files or \d+ MB where poolkeeper delivers, so it was not read beyond flyte/,
      ),
    });
  });

  test("new folders are made, and what is read is what was delivered", async () => {
    const sink = deliverFreely(createFolderSink(folder));
    expect(await sink.readDelivered(["flyte"])).toEqual([]);
    expect(await sink.deliver(delivery())).toEqual({ changed: true, revision: null });
    expect(await sink.readDelivered(["flyte"])).toEqual([FILE]);
    expect(await sink.readDelivered([FILE.path])).toEqual([FILE]);
    expect(readdirSync(join(folder, "flyte"))).toEqual(["values-override.yaml"]);
  });

  test("what is there already is not written again", async () => {
    const sink = deliverFreely(createFolderSink(folder));
    await sink.deliver(delivery());
    const before = statSync(join(folder, FILE.path)).ino;
    expect(await sink.deliver(delivery({ removes: ["flyte/gone.yaml"] }))).toEqual({ changed: false, revision: null });
    expect(statSync(join(folder, FILE.path)).ino).toBe(before);
  });

  test.each([0o600, 0o640, 0o664])("a file that is replaced is as readable as before: %o", async (mode) => {
    const sink = deliverFreely(createFolderSink(folder));
    await sink.deliver(delivery());
    const path = join(folder, FILE.path);
    chmodSync(path, mode);
    await sink.deliver(delivery({ files: [{ ...FILE, text: "a: 2\n" }], expected: [FILE] }));
    expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["a: 2\n", mode]);
  });

  test("a new file is its owner's alone where something in it is sensitive", async () => {
    const sink = deliverFreely(createFolderSink(folder));
    const path = "flyte/secret.yaml";
    await sink.deliver(delivery({ files: [FILE, { path, text: "a: 1\n", isSensitive: true }] }));
    const modeOf = (one: string) => statSync(join(folder, one)).mode & 0o777;
    expect([modeOf(FILE.path), modeOf(path)]).toEqual([0o644 & ~process.umask(), 0o600]);
  });

  test("files are replaced and removed, others are left alone", async () => {
    const sink = deliverFreely(createFolderSink(folder));
    await sink.deliver(delivery({ files: [FILE, { path: "flyte/old.yaml", text: "b" }] }));
    writeFileSync(join(folder, "flyte", "mine.txt"), "mine");
    const expected = [FILE, { path: "flyte/old.yaml", text: "b" }];
    await sink.deliver(delivery({ files: [{ ...FILE, text: "a: 2\n" }], removes: ["flyte/old.yaml"], expected }));
    expect((await sink.readDelivered(["flyte"])).map(({ path, text }) => `${path} ${text}`)).toEqual([
      "flyte/mine.txt mine",
      "flyte/values-override.yaml a: 2\n",
    ]);
  });

  test("a file that was edited meanwhile is not overwritten, and nothing else is written either", async () => {
    const sink = deliverFreely(createFolderSink(folder));
    await sink.deliver(delivery());
    writeFileSync(join(folder, FILE.path), "a: by hand\n");
    const files = [
      { path: "flyte/a.yaml", text: "new" },
      { ...FILE, text: "a: 2\n" },
    ];
    await expect(sink.deliver(delivery({ files, expected: [FILE] }))).rejects.toMatchObject({
      code: "delivery_changed",
    });
    expect(existsSync(join(folder, "flyte/a.yaml"))).toBe(false);
    expect(readFileSync(join(folder, FILE.path), "utf8")).toBe("a: by hand\n");
  });

  test("the rest of a write that was cut off is not read as a file", async () => {
    mkdirSync(join(folder, "flyte"));
    writeFileSync(join(folder, "flyte", ".values-override.yaml.0123456789ab.poolkeeper-tmp"), "a:");
    expect(await deliverFreely(createFolderSink(folder)).readDelivered(["flyte"])).toEqual([]);
  });

  test.each([
    ["written", delivery()],
    ["removed", delivery({ files: [], removes: [FILE.path] })],
    ["as it is to be by then", delivery({ expected: [FILE] })],
  ])("the rest of a write that was cut off goes with the next delivery of its file, which is %s", async (how, next) => {
    mkdirSync(join(folder, "flyte"));
    if (how.startsWith("as")) writeFileSync(join(folder, FILE.path), FILE.text);
    const names = [".values-override.yaml.0123456789ab.poolkeeper-tmp", ".theirs.yaml.0123456789ab.poolkeeper-tmp"];
    for (const name of names) writeFileSync(join(folder, "flyte", name), "a:");
    await deliverFreely(createFolderSink(folder)).deliver(next);
    expect(readdirSync(join(folder, "flyte")).filter((name) => name.endsWith("-tmp"))).toEqual([names[1]]);
  });
});

describe("what a folder cannot do to a delivery", () => {
  test("a link in the place of a file is neither followed nor replaced", async () => {
    writeFileSync(join(outside, "target"), "keep");
    mkdirSync(join(folder, "flyte"));
    symlinkSync(join(outside, "target"), join(folder, FILE.path));
    const sink = deliverFreely(createFolderSink(folder));
    await expect(sink.deliver(delivery())).rejects.toMatchObject({ code: "delivery_link" });
    await expect(sink.readDelivered(["flyte"])).rejects.toMatchObject({ code: "delivery_link" });
    expect(readFileSync(join(outside, "target"), "utf8")).toBe("keep");
  });

  test("a link in the place of a folder is not followed, when it writes and when it removes", async () => {
    writeFileSync(join(outside, "values-override.yaml"), "keep");
    symlinkSync(outside, join(folder, "flyte"));
    const sink = deliverFreely(createFolderSink(folder));
    await expect(sink.deliver(delivery())).rejects.toMatchObject({ code: "delivery_link" });
    await expect(sink.deliver(delivery({ files: [], removes: [FILE.path] }))).rejects.toMatchObject({
      code: "delivery_link",
    });
    expect(readFileSync(join(outside, "values-override.yaml"), "utf8")).toBe("keep");
  });

  test.each(["../outside/x", "/etc/x", "a/../../x", ".git/hooks/pre-push", "a\0b"])(
    "the path %j is refused",
    async (path) => {
      const sink = deliverFreely(createFolderSink(folder));
      await expect(sink.deliver(delivery({ files: [{ path, text: "" }] }))).rejects.toMatchObject({
        code: "delivery_path",
      });
      await expect(sink.deliver(delivery({ removes: [path] }))).rejects.toMatchObject({ code: "delivery_path" });
      expect(readdirSync(outside)).toEqual([]);
    },
  );

  test("a folder in the place of a file, and a file that is no text, are told", async () => {
    mkdirSync(join(folder, FILE.path), { recursive: true });
    await expect(deliverFreely(createFolderSink(folder)).deliver(delivery())).rejects.toMatchObject({
      code: "delivery_in_the_way",
    });
    writeFileSync(join(folder, "binary"), Buffer.from([0xff, 0xfe, 0x00]));
    await expect(deliverFreely(createFolderSink(folder)).readDelivered(["binary"])).rejects.toMatchObject({
      code: "delivery_unreadable",
    });
  });

  test("a folder that is not there holds nothing, and the first delivery makes it", async () => {
    const sink = deliverFreely(createFolderSink(join(folder, "new")));
    expect(await sink.readDelivered([FILE.path])).toEqual([]);
    expect(await sink.deliver(delivery())).toEqual({ changed: true, revision: null });
    expect(await sink.readDelivered([FILE.path])).toEqual([FILE]);
  });

  test("a folder whose parent is not there is an error that names it", async () => {
    const sink = deliverFreely(createFolderSink(join(folder, "none", "new")));
    await expect(sink.deliver(delivery())).rejects.toMatchObject({
      code: "delivery_failed",
      message: expect.stringContaining(join(folder, "none", "new")),
    });
  });
});
