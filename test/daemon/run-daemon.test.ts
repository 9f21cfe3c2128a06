import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { homeIn } from "../cli/run-program.ts";
import { createGitRepository } from "../set-up/create-git-repository.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { FILES, queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { listRepeated, readWrites } from "./read-writes.ts";
import { type DaemonProcess, startProcess, tryProcess } from "./start-process.ts";
import { TOKENS } from "./talk-to-daemon.ts";

async function untilLogged(daemon: DaemonProcess, words: string): Promise<void> {
  await waitFor(
    () => daemon.log.some((line) => line.includes(words)),
    () => `"${words}" is not in the log:\n${daemon.log.join("\n")}`,
  );
}

describe("poolkeeper run", () => {
  test("reads and plans many manifests in processes of their own, and carries them out", async () => {
    const world = await openDaemonWorld();
    const file = world.write();
    const daemon = await startProcess(world, file);
    await daemon.untilApplied(world.first);
    const names = Array.from({ length: 300 }, (_, index) => `q${index}`);
    const many = world.repository.push({ "queues/many.yaml": names.map((name) => queue(name, 1)).join("---\n") });
    await daemon.untilApplied(many);
    expect(names.filter((name) => !world.served.model.state.queue.rows.has(name))).toEqual([]);
    // Whatever is wrong with these processes is a defect, and said.
    expect(daemon.log.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  test("takes a configuration up on SIGHUP, as a whole or not at all, and goes on in any case", async () => {
    const world = await openDaemonWorld();
    const file = world.write();
    const daemon = await startProcess(world, file);
    await daemon.untilApplied(world.first);

    writeFileSync(file, world.describe({ policy: { freeze: { reason: "Release 7" }, auto_aply: "all" } }));
    daemon.kill("SIGHUP");
    await untilLogged(daemon, "has errors and was not loaded");
    const as = { authorization: `Bearer ${TOKENS.operate}` };
    const readRefusal = async () => {
      const env = { ...homeIn(world.folder), POOLKEEPER_SERVER: daemon.url, POOLKEEPER_SERVER_TOKEN: TOKENS.operate };
      const { stdout } = await runInProcess(["targets"], env, world.folder);
      const answer = await (await fetch(`${daemon.url}/api/v1/targets/prod`, { headers: as })).text();
      const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
      const words = /was reloaded at \S+ and rejected; the previous one stays in effect\. (.*)/;
      const [, listed] = words.exec(stdout) ?? [];
      return { listed, answered: words.test(answer), gauge: /^poolkeeper_config_refused (\d)$/m.exec(metrics)?.[1] };
    };
    expect(await readRefusal()).toEqual({
      listed: expect.stringMatching(/has 1 error, and a daemon .* The first: line \d+: .*auto_aply/),
      ...{ answered: true, gauge: "1" },
    });
    const second = world.repository.push({ "queues/any.yaml": queue("any", 2) });
    await daemon.untilApplied(second);

    const http = { listen: "127.0.0.1:1", tokens: [] };
    world.write({ policy: { freeze: { reason: "Release 7" } }, file: { http } });
    daemon.kill("SIGHUP");
    await untilLogged(daemon, "changes http, which takes effect only after a restart");
    const third = world.repository.push({ "queues/any.yaml": queue("any", 3) });
    await daemon.untilApplied(third);

    const requests = { forge: "gitea", url: world.served.url, repository: "a/b", token: { env: "HOOK_SECRET" } };
    const rotated = JSON.parse(world.describe());
    Object.assign(rotated.targets[0].repository, { ca_file: "./rotated.pem", pull_requests: requests });
    writeFileSync(file, JSON.stringify(rotated));
    daemon.kill("SIGHUP");
    await untilLogged(daemon, "rotated.pem cannot be read");

    world.write({ policy: { freeze: { reason: "Release 7" } } });
    daemon.kill("SIGHUP");
    await untilLogged(daemon, "was reloaded and is in effect");
    expect(await readRefusal()).toEqual({ listed: undefined, answered: false, gauge: "0" });
    daemon.kill("SIGHUP");
    await untilLogged(daemon, "says what it said before: only secrets");
    const fourth = world.repository.push({ "queues/any.yaml": queue("any", 4) });
    const { status } = await daemon.untilState("Paused", fourth);
    expect([status.reason, status.message]).toEqual(["Frozen", expect.stringContaining("Release 7")]);

    world.write();
    daemon.kill("SIGHUP");
    await daemon.untilApplied(fourth);
    const readAudit = async () => (await fetch(`${daemon.url}/api/v1/audit`)).text();
    const countReloads = async () => (await readAudit()).match(/"action":"reload"/g)?.length;
    // Passes go on before it is told.
    await expect.poll(countReloads).toBe(3);
  });

  test("removes mirrors of former addresses at start, and those of addresses that a reload takes away", async () => {
    const world = await openDaemonWorld();
    const cache = join(world.folder, "data", "cache");
    const former = ["mirrors/0123456789abcdef.git-damaged", "deliveries/0123456789abcdef.git", "mirrors/notes"];
    for (const path of former) mkdirSync(join(cache, path), { recursive: true });
    const daemon = await startProcess(world, world.write());
    await daemon.untilApplied(world.first);
    await expect.poll(() => readdirSync(join(cache, "deliveries"))).toEqual([]);
    const [mirror = "", ...others] = readdirSync(join(cache, "mirrors")).filter((name) => !name.includes("-requests"));
    expect(others).toEqual(["notes"]);
    const elsewhere = createGitRepository(world.folder, "elsewhere");
    elsewhere.push(FILES);
    world.write({ repository: { url: elsewhere.url } });
    daemon.kill("SIGHUP");
    await waitFor(
      () => !existsSync(join(cache, "mirrors", mirror)),
      () => daemon.log.join("\n"),
    );
  });

  test("is not ended by SIGHUP before its program is loaded", async () => {
    const world = await openDaemonWorld();
    const early = join(world.folder, "early.mjs");
    const lines = [
      'import { registerHooks } from "node:module";',
      'const send = (url) => url.endsWith("/dist/cli.js") && process.kill(process.pid, "SIGHUP");',
      "registerHooks({ load: (url, context, next) => void send(url) ?? next(url, context) });",
    ];
    writeFileSync(early, lines.join("\n"));
    Object.assign(world.env, { NODE_OPTIONS: `--import ${early}` });
    const daemon = await startProcess(world, world.write());
    await daemon.untilApplied(world.first);
  });

  test("ends on SIGTERM in the middle of a pass once the call under way has ended, and the next one goes on from there", async () => {
    const world = await openDaemonWorld();
    const file = world.write();
    const creates = await world.hold({ method: "ClusterPoolService/Create", count: 2 });
    const first = await startProcess(world, file);
    await creates.arrived(2);
    const refused = await tryProcess(world, file);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.log.join()).toContain(`is used by another daemon: process ${first.pid}`);
    first.kill("SIGTERM");
    await untilLogged(first, "Stopping: waiting for calls");
    expect(await creates.count()).toBe(2);
    await creates.release();
    expect(await first.ended).toBe(0);
    const written = readWrites(world.served.model);
    expect(written.map((write) => write.split(" ")[0])).toEqual(["Create", "Create"]);

    const second = await startProcess(world, file);
    const { passes } = await second.untilApplied(world.first);
    expect(passes.some(({ outcome }) => outcome.kind === "cancelled")).toBe(true);
    expect(listRepeated(readWrites(world.served.model))).toEqual([]);
  });

  test("says what is wrong with its configuration, with exit code 3", async () => {
    const world = await openDaemonWorld();
    const ended = await tryProcess(world, world.write({ policy: { auto_aply: "all" } }));
    expect(ended).toMatchObject({ code: 3 });
    expect(ended.log.join("\n")).toContain("auto_aply");
  });

  test.each([
    ["a port that is in use", (taken: string) => new URL(taken).host, "is already in use"],
    ["an address of another machine", () => "192.0.2.1:8090", "is not an address of this machine"],
  ])("ends with exit code 1 and one sentence where it is to listen on %s", async (_what, choose, words) => {
    const world = await openDaemonWorld();
    const listen = choose(world.served.url);
    const file = world.write({ file: { http: { listen } } });
    const { hostname, port } = new URL(`http://${listen}`);
    // The second try finds the store given back by the first.
    for (const ended of [await tryProcess(world, file), await tryProcess(world, file)]) {
      expect(ended).toMatchObject({ code: 1 });
      expect(ended.log).toEqual([
        expect.stringContaining(`Error: http.listen: port ${port} of ${hostname} ${words}: choose`),
      ]);
    }
  });
});

describe("targets", () => {
  test("come and go with the configuration, and one of a folder is applied as soon as a file changes", async () => {
    const world = await openDaemonWorld();
    const other = await serveControlPlane({ generation: "2026-11", org: "trial" });
    onTestFinished(() => other.close());
    const folder = join(world.folder, "manifests");
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    for (const [path, text] of Object.entries(FILES)) write(path, String(text));
    const trial = {
      name: "trial",
      folder: { path: folder, debounce: "0s", poll: "24h" },
      control_plane: { endpoint: other.url, org: "trial" },
    };
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const described = JSON.parse(world.describe());
    const file = { targets: [...described.targets, trial] };
    await daemon.daemon.reload(world.read({ file }));
    await daemon.until(({ status }) => status.state === "Synced", "trial");
    expect(other.model.state.queue.rows.get("any")?.spec.run_concurrency).toBe(1);
    write("queues/any.yaml", queue("any", 6));
    await daemon.until(() => other.model.state.queue.rows.get("any")?.spec.run_concurrency === 6, "trial");
    await daemon.untilApplied(await daemon.push({ "queues/any.yaml": queue("any", 2) }));

    const { passes, last_pass: pass } = await daemon.target("trial");
    const digest = passes.find((each) => each.outcome.kind === "applied")?.digest;
    expect((await fetch(`${daemon.url}/api/v1/plans/${digest}`)).status).toBe(200);
    await daemon.daemon.reload(world.read());
    // Kept in case it comes back, and shown nowhere.
    for (const path of ["targets/trial", "targets/trial/passes", `passes/${pass?.id}`, `plans/${digest}`]) {
      expect([path, (await fetch(`${daemon.url}/api/v1/${path}`)).status]).toEqual([path, 404]);
    }
    for (const path of ["/", "/metrics", "/api/v1/targets"]) {
      expect(await (await fetch(`${daemon.url}${path}`)).text()).not.toContain("trial");
    }
    write("queues/any.yaml", queue("any", 8));
    await daemon.untilApplied(await daemon.push({ "queues/any.yaml": queue("any", 3) }));
    expect(other.model.state.queue.rows.get("any")?.spec.run_concurrency).toBe(6);
  });

  test("go by the last of several configurations that come at once", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const frozen = world.read({ policy: { freeze: { reason: "Release 7" } } });
    await Promise.all([frozen, world.read(), frozen].map((config) => daemon.daemon.reload(config)));
    const second = await daemon.push({ "queues/any.yaml": queue("any", 2) });
    expect((await daemon.untilState("Paused", second)).status.reason).toBe("Frozen");
    await Promise.all([world.read(), frozen, world.read()].map((config) => daemon.daemon.reload(config)));
    await daemon.untilApplied(second);
  });
});
