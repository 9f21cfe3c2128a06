import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { listProcesses } from "../../set-up/list-processes.ts";
import { SOON_MS } from "../../set-up/patience.ts";
import type { Misbehaviour } from "../../set-up/serve-git.ts";
import { listenOn } from "../../systems/control-plane/fixtures/serve.ts";
import { randomText } from "./random-text.ts";
import { openSourceWorld } from "./source-world.ts";

const CREDENTIALS = { username: "git", password: "s3cret-token" };

describe("a server that does not do its part", () => {
  test.each<[string, Misbehaviour, string, string]>([
    [
      "wants other credentials",
      { kind: "status", status: 401, headers: { "WWW-Authenticate": "Basic" } },
      "source_refused",
      "wait",
    ],
    ["forbids it", { kind: "status", status: 403 }, "source_refused", "wait"],
    ["knows no such repository", { kind: "status", status: 404 }, "source_refused", "wait"],
    [
      "limits requests",
      { kind: "status", status: 429, headers: { "Retry-After": "60" } },
      "source_unreachable",
      "retry",
    ],
    ["has a fault", { kind: "status", status: 500 }, "source_unreachable", "retry"],
    ["is being mended", { kind: "status", status: 503 }, "source_unreachable", "retry"],
    [
      "sends elsewhere",
      { kind: "redirect", location: "http://127.0.0.1:1/other.git/info/refs?service=git-upload-pack" },
      "source_refused",
      "wait",
    ],
    ["answers with a web page", { kind: "garbage" }, "source_damaged", "retry"],
    ["cuts the pack off", { kind: "cut", afterBytes: 600 }, "source_unreachable", "retry"],
    ["sends a pack that is damaged", { kind: "corrupt" }, "source_damaged", "retry"],
  ])("and %s: says so, keeps what it has, and goes on once it is well", async (_what, how, code, next) => {
    const { repository, open, serve } = openSourceWorld();
    const { server, url } = await serve();
    const first = repository.push({ "a.yaml": "1".repeat(3000) });
    const source = await open({ url });
    await source.fetch();
    const second = repository.push({ "a.yaml": randomText(3000) });
    server.misbehave(how);
    await expect(source.fetch()).rejects.toMatchObject({ name: "OperationalError", code, next });
    expect((await source.read(first)).files).toHaveLength(1);
    server.misbehave(null);
    expect((await source.fetch()).id).toBe(second);
    expect(await source.compare(first, second)).toBe("forward");
  });

  test.each<Misbehaviour>([{ kind: "silent" }, { kind: "stall", afterBytes: 600 }])(
    "and goes quiet is given up after the time-out, without a process left: %j",
    async (how) => {
      const { repository, open, serve } = openSourceWorld();
      const { server, url } = await serve();
      const id = repository.push({ "a.yaml": randomText(3000) });
      server.misbehave(how);
      const source = await open({ url, timeout_ms: 10 * SOON_MS });
      await expect(source.fetch()).rejects.toMatchObject({ code: "source_unreachable", next: "retry" });
      expect(listProcesses(url)).toEqual([]);
      server.misbehave(null);
      expect((await (await open({ url })).fetch()).id).toBe(id);
    },
  );

  test("and is not there at all is unreachable", async () => {
    const source = await openSourceWorld().open({ url: "http://127.0.0.1:1/config.git" });
    await expect(source.fetch()).rejects.toMatchObject({ code: "source_unreachable", next: "retry" });
  });

  test("and whose certificate nobody vouches for is not asked anything", async () => {
    const { open, serve } = openSourceWorld();
    const { server, url } = await serve({ tls: true });
    await expect((await open({ url })).fetch()).rejects.toMatchObject({
      code: "source_unreachable",
      message: expect.stringContaining("ca_file"),
    });
    expect(server.requests).toEqual([]);
  });
});

describe("a token", () => {
  test("is sent to its server alone, and shows in no message and no list of processes", async () => {
    const { folder, repository, open, serve } = openSourceWorld();
    const { server, url } = await serve({ credentials: CREDENTIALS });
    const other = await serve();
    repository.push({ "a.yaml": "1" });
    const token = join(folder, "token");
    writeFileSync(token, CREDENTIALS.password);
    const silenced = await open({ url, token: { file: token } });

    server.misbehave({ kind: "silent" });
    const fetching = expect(silenced.fetch()).rejects.toMatchObject({ code: "source_unreachable" });
    await expect.poll(() => server.requests.length).toBe(1);
    const shown = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
    const basic = Buffer.from(`git:${CREDENTIALS.password}`).toString("base64");
    expect(shown).toContain(url);
    expect(shown).not.toContain(CREDENTIALS.password);
    expect(shown).not.toContain(basic);
    await silenced.close();
    await fetching;

    const source = await open({ url, token: { file: token } });
    server.misbehave({ kind: "redirect", location: `${other.url}/info/refs?service=git-upload-pack` });
    await expect(source.fetch()).rejects.toMatchObject({ code: "source_refused" });
    expect(other.server.requests).toEqual([]);
    expect(server.requests.every(({ authorization }) => authorization === `Basic ${basic}`)).toBe(true);
  });

  test("that is wrong is refused without being shown, and a right one counts at once", async () => {
    const { folder, repository, open, serve, mirrors } = openSourceWorld();
    const { url } = await serve({ credentials: CREDENTIALS });
    const id = repository.push({ "a.yaml": "1" });
    const token = join(folder, "token");
    writeFileSync(token, "wr0ng-token");
    const source = await open({ url, token: { file: token } });
    const failure = await source.fetch().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "source_refused" });
    expect(JSON.stringify(failure) + String(failure)).not.toMatch(/wr0ng-token|d3Iwbmc/);
    writeFileSync(token, CREDENTIALS.password);
    expect((await source.fetch()).id).toBe(id);
    const kept = readdirSync(mirrors, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = kept.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1"));
    expect(texts.filter((text) => text.includes(CREDENTIALS.password))).toEqual([]);
  });
});

describe("a repository", () => {
  test("that was rewritten gives its new commit, which does not contain the old one", async () => {
    const { repository, open } = openSourceWorld();
    const source = await open();
    repository.push({ "a.yaml": "1" });
    const second = repository.push({ "a.yaml": "2" });
    await source.fetch();
    const rewritten = repository.push({ "a.yaml": "3" }, { from: "HEAD~1" });
    expect((await source.fetch()).id).toBe(rewritten);
    expect(await source.compare(second, rewritten)).toBe("rewritten");
    const unrelated = repository.push({ "a.yaml": "4" }, { from: "orphan" });
    expect((await source.fetch()).id).toBe(unrelated);
    expect(await source.compare(rewritten, unrelated)).toBe("rewritten");
    // What was once fetched stays, also through housekeeping.
    expect((await source.read(second)).files).toMatchObject([{ text: "2" }]);
  });

  test("whose branch is deleted says so, and keeps what was fetched", async () => {
    const { repository, open } = openSourceWorld();
    const source = await open({ branch: "live" });
    const id = repository.push({ "a.yaml": "1" }, { branch: "live" });
    await source.fetch();
    repository.ask("update-ref", "-d", "refs/heads/live");
    await expect(source.fetch()).rejects.toMatchObject({ code: "branch_missing", next: "wait" });
    expect((await source.describe(id)).id).toBe(id);
  });

  test("that is empty has no branch yet", async () => {
    const source = await openSourceWorld().open();
    await expect(source.fetch()).rejects.toMatchObject({ code: "branch_missing" });
  });

  test("that is gone is refused, and back again is fetched", async () => {
    const { repository, open, folder } = openSourceWorld();
    const source = await open();
    const id = repository.push({ "a.yaml": "1" });
    await source.fetch();
    execFileSync("mv", [repository.folder, join(folder, "away")]);
    await expect(source.fetch()).rejects.toMatchObject({ code: "source_refused", next: "wait" });
    expect((await source.read(id)).files).toHaveLength(1);
    execFileSync("mv", [join(folder, "away"), repository.folder]);
    expect((await source.fetch()).id).toBe(id);
  });

  test("that has only its newest commits is read; what is cut off is not called rewritten", async () => {
    const { repository, open, folder } = openSourceWorld();
    const first = repository.push({ "a.yaml": "1" });
    const source = await open();
    await source.fetch();
    repository.push({ "a.yaml": "2" });
    const newest = repository.push({ "a.yaml": "3" });
    execFileSync("git", ["clone", "--quiet", "--bare", "--depth=1", repository.url, join(folder, "shallow.git")]);
    const shallow = await open({ url: `file://${folder}/shallow.git` });
    expect((await shallow.fetch()).id).toBe(newest);
    expect((await shallow.read(newest)).files).toMatchObject([{ text: "3" }]);
    expect(await shallow.compare(first, newest)).toBe("unknown");
    const pushed = repository.push({ "a.yaml": "4" });
    execFileSync("git", ["-C", join(folder, "shallow.git"), "fetch", "--quiet", "origin", "+main:main"]);
    expect((await shallow.fetch()).id).toBe(pushed);
    expect(await shallow.compare(newest, pushed)).toBe("forward");
  });

  test("has no revision that was never fetched", async () => {
    const { repository, open } = openSourceWorld();
    const source = await open();
    repository.push({ "a.yaml": "1" });
    await source.fetch();
    for (const id of ["1".repeat(40), "main", "-x", "HEAD", "", repository.ask("rev-parse", "main:a.yaml")]) {
      await expect(source.describe(id)).rejects.toMatchObject({ code: "revision_missing", next: "stop" });
      await expect(source.read(id)).rejects.toMatchObject({ code: "revision_missing" });
    }
  });

  test("larger than it may be is not kept", async () => {
    const { repository, open, mirrors } = openSourceWorld();
    repository.push({ "a.bin": randomText(3_000_000) });
    const source = await open({ max_bytes: 1_000_000 });
    await expect(source.fetch()).rejects.toMatchObject({ code: "source_too_large", next: "wait" });
    expect(readdirSync(mirrors)).toEqual([]);
    expect((await (await open()).fetch()).subject).toBe("Change");
  });

  test("with files that no manifest may be as large as is fetched, and they are not read", async () => {
    const { repository, open } = openSourceWorld();
    const id = repository.push({ "big.yaml": "#".repeat(1_000_001), "a.yaml": "1" });
    const source = await open();
    await source.fetch();
    const { files, diagnostics } = await source.read(id);
    expect(files.map(({ path }) => path)).toEqual(["a.yaml"]);
    expect(diagnostics).toMatchObject([{ code: "file-too-large", file: "big.yaml" }]);
  });

  test("with hooks, filters, attributes and submodules runs none of them", async () => {
    const { repository, open, folder } = openSourceWorld();
    const mark = join(folder, "mark");
    const id = repository.push({
      module: { module: "1".repeat(40) },
      ".gitattributes": "*.yaml filter=evil\n",
      ".gitmodules": `[submodule "module"]\n\tpath = module\n\turl = ext::sh -c "touch ${mark}"\n`.replace(
        "ext::",
        "https://x/",
      ),
      ".gitconfig": `[filter "evil"]\n\tsmudge = touch ${mark}\n`,
      "a.yaml": "1",
    });
    const source = await open();
    await source.fetch();
    const { files, diagnostics } = await source.read(id);
    expect(files.map(({ path }) => path)).toEqual(["a.yaml"]);
    expect(diagnostics).toEqual([]);
    expect(existsSync(mark)).toBe(false);
  });
});

test("where no file descriptor is left, each program that can't be started is told as that, and nothing is taken for damaged", async () => {
  const world = await openSourceWorld();
  const script = join(import.meta.dirname, "run-starved.ts");
  const child = spawn("/bin/sh", ["-c", 'ulimit -n 96; exec "$0" "$@"', process.execPath, script, world.folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await once(child, "close");
  const ways = ["git in a mirror", "git in a clone", "a read of objects", "a task"];
  expect(said.trim().split("\n")).toEqual(ways.map((way) => `${way}: no_process`));
});

test("where the folder of mirrors can't be used, the system's reason is told, and it is fetched once that is over", async () => {
  const { repository, open, mirrors } = openSourceWorld();
  const id = repository.push({ "a.yaml": "1" });
  const source = await open({ url: repository.url });
  rmSync(mirrors, { recursive: true, force: true });
  writeFileSync(mirrors, "in the way");
  await expect(source.fetch()).rejects.toMatchObject({
    name: "OperationalError",
    code: "source_damaged",
    message: expect.stringMatching(/can't be stored: .*Check that the data directory exists/),
  });
  rmSync(mirrors);
  expect((await source.fetch()).id).toBe(id);
});

test.each([
  ["refuses git", "https", (socket: Socket) => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")],
  ["forbids git", "https", (socket: Socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n")],
  ["hangs up", "https", (socket: Socket) => socket.end()],
  ["hangs up", "http", (socket: Socket) => socket.end()],
])("a proxy that %s at %s is no fault of a mirror, which is not recreated", async (_what, scheme, answer) => {
  const { open } = openSourceWorld();
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    socket.on("error", () => undefined).once("data", () => answer(socket));
  });
  const proxy = `http://127.0.0.1:${await listenOn(server)}`;
  for (const name of ["http_proxy", "https_proxy"]) vi.stubEnv(name, proxy);
  onTestFinished(() => void vi.unstubAllEnvs());
  const source = await open({ url: `${scheme}://git.test/x.git` });
  await expect(source.fetch()).rejects.toMatchObject({ code: "source_unreachable", next: "retry" });
  const first = calls;
  await expect(source.fetch()).rejects.toMatchObject({ code: "source_unreachable" });
  expect(calls).toBe(2 * first);
});
