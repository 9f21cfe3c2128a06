import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Delivery } from "../../../src/systems/delivery/sink.ts";
import { measureFolder } from "../../../src/systems/git/within-limits.ts";
import { openGitWorld } from "./git-world.ts";

const FILE = { path: "flyte/values-override.yaml", text: 'a: 1\nname: "grüße 🚀"\n' };
const OTHER_USER = ["-c", "user.name=other", "-c", "user.email=other@example.com"];
const OTHER = { path: "flyte/CHECKLIST.md", text: "# do\n" };

function delivery(changes: Partial<Delivery> = {}): Delivery {
  return { files: [FILE], removes: [], message: "Flyte clusters", expected: [], ...changes };
}

/** Leaves files of each clone as a power cut does, empty: one, or all of a folder. */
function cutFiles(cache: string, part: string): void {
  for (const clone of readdirSync(cache)) {
    const path = join(cache, clone, part);
    const within = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: "utf8" }) : [""];
    for (const file of within.map((name) => join(path, name)).filter((name) => statSync(name).isFile())) {
      chmodSync(file, 0o600);
      writeFileSync(file, "");
    }
  }
}

describe("delivering to a branch", () => {
  test.each([
    ["files", 20_000, 2, "The output has more than 10000 files or"],
    ["bytes", 200, 4_000_000, "The output has more than 10000 files or"],
    ["names", 100_000, 2, "git produced more output than"],
  ])("an output of too many %s is not read, however little of it was pushed", async (_what, count, size, said) => {
    const world = openGitWorld();
    const blob = world.feed("x".repeat(size), "hash-object", "-w", "--stdin");
    const names = Array.from({ length: count }, (_, at) => `100644 blob ${blob}\tf${at}\n`);
    const folder = world.feed(names.join(""), "mktree");
    const tree = world.feed(`040000 tree ${folder}\tflyte\n`, "mktree");
    world.ask("update-ref", "refs/heads/main", world.ask(...OTHER_USER, "commit-tree", tree, "-m", "Many"));
    await expect(world.sink().readDelivered(["flyte"])).rejects.toMatchObject({
      code: "delivery_unreadable",
      message: expect.stringContaining(said),
    });
  });

  test("more paths are read than one run of git takes", async () => {
    const world = openGitWorld();
    const path = `${"d".repeat(200)}/${"e".repeat(200)}/f.yaml`;
    world.pushAsOther({ [path]: "a: 1\n" });
    const asked = Array.from({ length: 6_000 }, (_, at) => `${path}.${at}`);
    expect(await world.sink().readDelivered([...asked, path])).toEqual([{ path, text: "a: 1\n" }]);
  });

  test("a repository of more than its clone may have is not kept, and one that became smaller is fetched anew", async () => {
    const world = openGitWorld();
    const sink = world.sink({ limits: { maxBytes: 1_000_000, totalMs: 600_000 } });
    await sink.deliver(delivery());
    const noise = () => Buffer.from(randomBytes(600_000));
    world.pushAsOther({ "first.bin": noise() });
    expect(await sink.readDelivered(["flyte"])).toEqual([FILE]);
    world.ask("update-ref", "refs/heads/main", "main~1");
    world.pushAsOther({ "second.bin": noise() });
    expect(await sink.readDelivered(["flyte"])).toEqual([FILE]);
    world.pushAsOther({ "third.bin": noise() });
    await expect(sink.readDelivered(["flyte"])).rejects.toMatchObject({
      code: "delivery_too_large",
      message: expect.stringContaining("exceeds 1 MB. Raise `deliver_max_size`"),
    });
    expect(await measureFolder(join(world.folder, "cache"))).toBeLessThan(100_000);
  });

  test("an empty repository gets its first commit, and what is read is what was delivered", async () => {
    const world = openGitWorld();
    expect(await world.sink().readDelivered(["flyte"])).toEqual([]);
    const done = await world.sink().deliver(delivery({ files: [FILE, OTHER] }));
    expect(done).toEqual({ changed: true, revision: world.ask("rev-parse", "main") });
    expect(await world.sink().readDelivered(["flyte"])).toEqual([OTHER, FILE]);
    expect(world.ask("log", "--format=%an <%ae> %s")).toBe("poolkeeper <poolkeeper@example.com> Flyte clusters");
  });

  test("what is there already makes no commit", async () => {
    const world = openGitWorld();
    const sink = world.sink();
    const first = await sink.deliver(delivery());
    expect(await sink.deliver(delivery())).toEqual({ changed: false, revision: first.revision });
    expect(world.ask("rev-list", "--count", "main")).toBe("1");
  });

  test("a change and a removal are one commit, and the rest of the repository stays", async () => {
    const world = openGitWorld();
    world.pushAsOther({ "README.md": "# ours\n", [OTHER.path]: OTHER.text, [FILE.path]: "a: 0\n" });
    const expected = [
      { path: FILE.path, text: "a: 0\n" },
      { path: OTHER.path, text: OTHER.text },
    ];
    await world.sink().deliver(delivery({ removes: [OTHER.path], expected }));
    expect(world.ask("ls-tree", "-r", "--name-only", "main")).toBe(`README.md\n${FILE.path}`);
    expect(world.ask("rev-list", "--count", "main")).toBe("2");
  });

  test("a branch that is not there begins at the default branch", async () => {
    const world = openGitWorld();
    world.pushAsOther({ "README.md": "# ours\n" });
    const sink = world.sink({ branch: "deploy/flyte" });
    await sink.deliver(delivery());
    expect(world.ask("merge-base", "main", "deploy/flyte")).toBe(world.ask("rev-parse", "main"));
    expect(world.ask("rev-list", "--count", "main..deploy/flyte")).toBe("1");
    await sink.deliver(delivery({ files: [{ ...FILE, text: "a: 2\n" }], expected: [FILE] }));
    expect(world.ask("rev-list", "--count", "main..deploy/flyte")).toBe("2");
  });

  test("a branch that is not there yet, or any more, is empty, and one without files is not", async () => {
    const world = openGitWorld();
    world.pushAsOther({ "README.md": "# ours\n" });
    const sink = world.sink({ branch: "deploy/flyte" });
    expect(await sink.isEmpty()).toBe(true);
    await sink.deliver(delivery());
    expect(await sink.isEmpty()).toBe(false);
    await sink.deliver(delivery({ files: [], removes: [FILE.path], expected: [FILE] }));
    expect(await sink.isEmpty()).toBe(false);
    world.ask("update-ref", "-d", "refs/heads/deploy/flyte");
    expect(await sink.isEmpty()).toBe(true);
  });

  test("an edit by hand is seen when it is read, and refused to be overwritten when it was not", async () => {
    const world = openGitWorld();
    const sink = world.sink();
    await sink.deliver(delivery());
    world.pushAsOther({ [FILE.path]: "a: by hand\n" });
    const changed = { ...FILE, text: "a: 2\n" };
    await expect(sink.deliver(delivery({ files: [changed], expected: [FILE] }))).rejects.toMatchObject({
      code: "delivery_changed",
      message: expect.stringContaining(FILE.path),
    });
    const seen = await sink.readDelivered([FILE.path]);
    expect(seen).toEqual([{ path: FILE.path, text: "a: by hand\n" }]);
    await sink.deliver(delivery({ files: [changed], expected: seen }));
    expect(world.ask("show", `main:${FILE.path}`)).toBe("a: 2");
  });

  test("a message that looks like an option is a message", async () => {
    const world = openGitWorld();
    await world.sink().deliver(delivery({ message: "--output=/tmp/never" }));
    expect(world.ask("log", "-1", "--format=%s")).toBe("--output=/tmp/never");
  });

  test("a cache that was deleted is made again", async () => {
    const world = openGitWorld();
    const sink = world.sink();
    await sink.deliver(delivery());
    rmSync(world.options().cacheFolder, { recursive: true });
    expect(await sink.readDelivered(["flyte"])).toEqual([FILE]);
  });

  test.each([
    ["whose HEAD is empty", "HEAD"],
    ["whose objects are cut off", "objects"],
  ])("a clone %s is made again, and a repository around it is not taken for it", async (_what, part) => {
    const world = openGitWorld();
    const outer = join(world.folder, ".git");
    execFileSync("git", ["init", "--quiet", world.folder], { env: world.environment });
    world.pushAsOther({ "README.md": "a\n" });
    const sink = world.sink();
    await sink.deliver(delivery());
    cutFiles(world.options().cacheFolder, part);
    expect(await sink.readDelivered(["flyte"])).toEqual([FILE]);
    cutFiles(world.options().cacheFolder, part);
    const { revision } = await sink.deliver(delivery({ files: [OTHER] }));
    expect(world.ask("rev-parse", "main")).toBe(revision);
    const counted = execFileSync("git", ["--git-dir", outer, "count-objects", "-v"], { encoding: "utf8" });
    expect(counted).toContain("count: 0\n");
    expect(counted).toContain("packs: 0\n");
  });

  test("three deliveries at once through one new cache all arrive", async () => {
    const world = openGitWorld();
    world.pushAsOther({ "README.md": "# ours\n" });
    const results = await Promise.all(
      [1, 2, 3].map((number) =>
        world.sink().deliver(delivery({ files: [{ path: `flyte/${number}.yaml`, text: `${number}\n` }] })),
      ),
    );
    expect(results.every(({ changed }) => changed)).toBe(true);
    expect(world.ask("ls-tree", "-r", "--name-only", "main").split("\n")).toHaveLength(4);
  });
});

describe("a branch that moves while a commit is pushed to it", () => {
  test("the delivery is made again on top when other files changed", async () => {
    const world = openGitWorld();
    world.pushAsOther({ "README.md": "# ours\n" });
    world.pushAsOther({ "README.md": "# moved\n" }, "waiting");
    const move = `git --git-dir ${world.remote} update-ref refs/heads/main refs/heads/waiting`;
    const done = await world.sink({ environment: world.intercept(move) }).deliver(delivery());
    expect(done).toEqual({ changed: true, revision: world.ask("rev-parse", "main") });
    expect(world.ask("log", "--format=%s", "main")).toBe("Flyte clusters\nby another\nby another");
    expect(world.ask("show", "main:README.md")).toBe("# moved");
  });

  test("nothing is overwritten when a file of the delivery changed", async () => {
    const world = openGitWorld();
    world.pushAsOther({ [FILE.path]: "a: 0\n" });
    world.pushAsOther({ [FILE.path]: "a: by hand\n" }, "waiting");
    const move = `git --git-dir ${world.remote} update-ref refs/heads/main refs/heads/waiting`;
    const sink = world.sink({ environment: world.intercept(move) });
    const expected = [{ path: FILE.path, text: "a: 0\n" }];
    await expect(sink.deliver(delivery({ expected }))).rejects.toMatchObject({
      code: "delivery_changed",
      next: "stop",
    });
    expect(world.ask("show", `main:${FILE.path}`)).toBe("a: by hand");
  });

  test("it gives up after the tries that it has, and says so", async () => {
    const world = openGitWorld();
    world.pushAsOther({ "README.md": "# ours\n" });
    const tree = world.ask("rev-parse", "main^{tree}");
    const commit = `git -c user.name=o -c user.email=o@example.com --git-dir ${world.remote} commit-tree -p main -m again ${tree}`;
    const move = `git --git-dir ${world.remote} update-ref refs/heads/main $(${commit})`;
    const sink = world.sink({ environment: world.intercept(move), attempts: 2 });
    await expect(sink.deliver(delivery())).rejects.toMatchObject({ code: "delivery_contended", next: "retry" });
    expect(world.ask("log", "--format=%s", "main")).not.toContain("Flyte");
  });

  test("a push that arrived although git failed counts as done", async () => {
    const world = openGitWorld();
    const environment = world.intercept('    $GIT "$@"; exit 1');

    const done = await world.sink({ environment }).deliver(delivery());
    expect(done).toEqual({ changed: true, revision: world.ask("rev-parse", "main") });
  });

  test("a push that the server refuses is an error with what it said, and not tried again", async () => {
    const world = openGitWorld();
    world.pushAsOther({ "README.md": "# ours\n" });
    writeFileSync(join(world.remote, "hooks", "pre-receive"), "#!/bin/sh\necho no pushes on Fridays\nexit 1\n");
    chmodSync(join(world.remote, "hooks", "pre-receive"), 0o755);
    await expect(world.sink().deliver(delivery())).rejects.toMatchObject({
      code: "delivery_rejected",
      message: expect.stringContaining("no pushes on Fridays"),
    });
  });
});

describe("what a repository cannot do to a delivery", () => {
  test("no hook runs, not even one that is set for all repositories", async () => {
    const world = openGitWorld();
    world.pushAsOther({ "README.md": "# ours\n" });
    const hooks = join(world.home, "hooks");
    mkdirSync(hooks);
    for (const name of ["pre-push", "reference-transaction", "post-commit", "pre-commit"]) {
      writeFileSync(join(hooks, name), `#!/bin/sh\necho ${name} >> ${join(world.home, "ran")}\n`);
      chmodSync(join(hooks, name), 0o755);
    }
    writeFileSync(join(world.home, ".gitconfig"), `[core]\n\thooksPath = ${hooks}\n`);
    // The remote is on this machine: its own side must not run them either.
    world.ask("config", "core.hooksPath", "/dev/null");
    await world.sink().deliver(delivery());
    expect(existsSync(join(world.home, "ran"))).toBe(false);
  });

  test("attributes and line endings of the repository change no byte", async () => {
    const world = openGitWorld();
    world.pushAsOther({ ".gitattributes": "* text eol=crlf filter=any\n" });
    await world.sink().deliver(delivery());
    expect(world.ask("cat-file", "-s", `main:${FILE.path}`)).toBe(String(Buffer.byteLength(FILE.text)));
  });

  test("a file that is no text is not taken for one", async () => {
    const world = openGitWorld();
    world.pushAsOther({ "flyte/binary": Buffer.from([0xff, 0xfe, 0x00]), "flyte/sound": "\u{FEFF}ü \uFFFD\r\n" });
    await expect(world.sink().readDelivered(["flyte"])).rejects.toMatchObject({ code: "delivery_unreadable" });
    expect((await world.sink().readDelivered(["flyte/sound"]))[0]?.text).toBe("\u{FEFF}ü \uFFFD\r\n");
  });

  test("a link in the place of the folder is refused", async () => {
    const world = openGitWorld();
    const blob = world.ask("hash-object", "-w", "--stdin");
    const tree = ["--git-dir", world.remote];
    const made = execFileSync("git", [...tree, "mktree"], { input: `120000 blob ${blob}\tflyte\n`, encoding: "utf8" });
    const commit = execFileSync(
      "git",
      [...tree, "-c", "user.name=o", "-c", "user.email=o@example.com", "commit-tree", "-m", "link", made.trim()],
      { encoding: "utf8" },
    );
    world.ask("update-ref", "refs/heads/main", commit.trim());
    await expect(world.sink().deliver(delivery())).rejects.toMatchObject({ code: "delivery_in_the_way" });
    await expect(world.sink().readDelivered(["flyte"])).rejects.toMatchObject({ code: "delivery_in_the_way" });
  });

  test.each(["../x", "/x", "a//b", ".git/config", "a/.GIT/x", "a/../../x", "a\\b", "a\nb", ""])(
    "the path %j is refused",
    async (path) => {
      const world = openGitWorld();
      await expect(world.sink().deliver(delivery({ files: [{ path, text: "" }] }))).rejects.toMatchObject({
        code: "delivery_path",
      });
      await expect(world.sink().readDelivered([path])).rejects.toMatchObject({ code: "delivery_path" });
    },
  );
});

describe("addresses and branches", () => {
  test.each(["ext::sh -c true", "--upload-pack=x", "-u", "fd::3", "x y", "https:///"])("%j is refused", (url) => {
    const world = openGitWorld();
    expect(() => world.sink({ url })).toThrow(expect.objectContaining({ code: "delivery_remote" }));
  });

  test("an address with credentials is refused, and not repeated", () => {
    const world = openGitWorld();
    for (const url of [
      "https://me:hunter2@example.com/x",
      "https://hunter2@example.com/x",
      "ssh://me:hunter2@example.com/x",
    ])
      expect(() => world.sink({ url })).toThrow(
        expect.objectContaining({ code: "delivery_remote", message: expect.not.stringContaining("hunter2") }),
      );
  });

  test.each(["-f", "a..b", "main:other", "a b", "HEAD", "x.lock", "a/", "+main", "@{u}"])(
    "the branch %j is refused",
    (branch) => {
      const world = openGitWorld();
      expect(() => world.sink({ branch })).toThrow(expect.objectContaining({ code: "delivery_remote" }));
    },
  );

  test.each(["git@example.com:team/output.git", "ssh://git@example.com/x.git", "https://example.com/x.git"])(
    "%s is taken",
    (url) => {
      const world = openGitWorld();
      expect(world.sink({ url }).place).toContain(url);
    },
  );
});
