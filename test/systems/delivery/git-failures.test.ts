import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { listProcesses } from "../../set-up/list-processes.ts";
import { SOON_MS } from "../../set-up/patience.ts";
import { openGitWorld } from "./git-world.ts";

const FILE = { path: "flyte/values-override.yaml", text: "a: 1\n" };
const DELIVERY = { files: [FILE], removes: [], message: "Flyte clusters", expected: [] };
const PROGRAM = join(import.meta.dirname, "deliver-once.ts");

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/output.git`;
}

test("what is delivered is read until the signal though the server says nothing, and no git is left", async () => {
  const asked = Promise.withResolvers<void>();
  const url = await serve(() => asked.resolve());
  const ending = new AbortController();
  const reading = openGitWorld().sink({ url }).readDelivered([FILE.path], ending.signal);
  const ended = expect(reading).rejects.toMatchObject({ name: "OperationalError" });
  await asked.promise;
  ending.abort();
  await ended;
  expect(listProcesses(url)).toEqual([]);
});

test("a redirect is not followed: the other host is not asked, and gets no credentials", async () => {
  const asked: string[] = [];
  const other = await serve(({ url }, response) => {
    asked.push(url ?? "");
    response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
  });
  const url = await serve(({ url: path = "" }, response) => {
    response.writeHead(302, { location: `${other.replace("127.0.0.1", "127.0.0.2")}/${path}` }).end();
  });
  const world = openGitWorld();
  const askpass = join(world.folder, "askpass");
  writeFileSync(askpass, "#!/bin/sh\necho SECRET-TOKEN\n");
  chmodSync(askpass, 0o700);
  const sink = world.sink({ url, environment: { ...world.environment, GIT_ASKPASS: askpass } });
  await expect(sink.readDelivered([FILE.path])).rejects.toMatchObject({
    code: "delivery_denied",
    message: expect.stringContaining("redirects are not followed. Set the repository's new address."),
  });
  expect(asked).toEqual([]);
});

test("a server that talks without end is ended by the time that a use may take in all", async () => {
  const world = openGitWorld();
  const environment = world.intercept("while :; do echo remote: still here >&2; sleep 0.1; done");
  const sink = world.sink({ environment, limits: { maxBytes: 1_000_000, totalMs: 3_000 } });
  await expect(sink.deliver(DELIVERY)).rejects.toMatchObject({ code: "delivery_timeout", next: "retry" });
  expect(listProcesses(world.url)).toEqual([]);
  expect((await world.sink().deliver(DELIVERY)).changed).toBe(true);
});

describe("a process that is killed", () => {
  test.each([
    ["between its commit and its push", "kill -9 $PPID; exit 1", "0"],
    ["after its push, before it heard of it", '$GIT "$@"; kill -9 $PPID; exit 1', "1"],
  ])("%s: the next run comes to the same end", async (_when, script, pushed) => {
    const world = openGitWorld();

    const environment = world.intercept(script);
    const input = JSON.stringify({ options: world.options({ environment }), delivery: DELIVERY });
    const child = spawn(process.execPath, [PROGRAM, input], { stdio: "inherit" });
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGKILL");
    expect(world.ask("rev-list", "--count", "--all")).toBe(pushed);

    const sink = world.sink();
    const done = await sink.deliver(DELIVERY);
    expect(done.revision).toBe(world.ask("rev-parse", "main"));
    expect(done.changed).toBe(pushed === "0");
    expect(world.ask("rev-list", "--count", "--all")).toBe("1");
    expect(await sink.readDelivered(["flyte"])).toEqual([FILE]);
  });

  test("what it left in the cache does not show when it is read", async () => {
    const world = openGitWorld();
    const environment = world.intercept("exit 1");
    await expect(world.sink({ environment }).deliver(DELIVERY)).rejects.toMatchObject({ name: "OperationalError" });
    expect(await world.sink().readDelivered(["flyte"])).toEqual([]);
  });
});

describe("a server that does not do its part", () => {
  test("credentials come from GIT_ASKPASS, and no message tells them", async () => {
    const seen: string[] = [];
    const url = await serve((request, response) => {
      if (request.headers.authorization !== undefined) seen.push(request.headers.authorization);
      response.writeHead(request.headers.authorization === undefined ? 401 : 403, {
        "WWW-Authenticate": "Basic realm=x",
      });
      response.end();
    });
    const world = openGitWorld();
    const askpass = join(world.folder, "askpass");
    writeFileSync(askpass, "#!/bin/sh\necho hunter2\n");
    chmodSync(askpass, 0o700);
    const sink = world.sink({ url, environment: { ...world.environment, GIT_ASKPASS: askpass } });
    await expect(sink.deliver(DELIVERY)).rejects.toMatchObject({
      code: "delivery_denied",
      message: expect.not.stringContaining("hunter2"),
    });
    expect(Buffer.from(seen[0]?.split(" ")[1] ?? "", "base64").toString()).toBe("hunter2:hunter2");
  });

  test("without credentials nobody is asked for them", async () => {
    const url = await serve((_request, response) => response.writeHead(401, { "WWW-Authenticate": "Basic" }).end());
    await expect(openGitWorld().sink({ url }).deliver(DELIVERY)).rejects.toMatchObject({ code: "delivery_denied" });
  });

  test("one that never answers is given up after the time-out", async () => {
    const url = await serve(() => undefined);
    const sink = openGitWorld().sink({ url, timeoutMs: 3 * SOON_MS });
    await expect(sink.deliver(DELIVERY)).rejects.toMatchObject({ code: "delivery_timeout", next: "retry" });
  });

  test("one that is not there is unreachable, which may pass", async () => {
    const sink = openGitWorld().sink({ url: "http://127.0.0.1:1/output.git" });
    await expect(sink.deliver(DELIVERY)).rejects.toMatchObject({ code: "delivery_unreachable", next: "retry" });
  });

  test("a repository that is not there is told apart", async () => {
    const world = openGitWorld();
    const sink = world.sink({ url: `${world.url}-none` });
    await expect(sink.deliver(DELIVERY)).rejects.toMatchObject({ code: "delivery_no_repository", next: "stop" });
  });
});
