import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { WebOptions } from "../../../src/daemon/web/access/web-options.ts";
import type { HttpConfig } from "../../../src/model/daemon/daemon-config.ts";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import { ask } from "./ask.ts";
import { buildRequests } from "./build-requests.ts";
import { buildWorld } from "./build-world.ts";
import { createFakeService } from "./fake-service.ts";
import { bearer, serveFake, TOKENS } from "./serve-fake.ts";
import { postForm, signIn } from "./sign-in.ts";

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(http: Partial<HttpConfig> = {}, rest: Partial<WebOptions> = {}) {
  const webhooks = { hub: { forge: "github", secret: "secret-of-the-webhook-0123" } } as const;
  const service = createFakeService({ targets: buildWorld(), webhooks, requests: buildRequests(), picture: "<svg/>" });
  const served = await serveFake(service, http, rest);
  servers.push(served);
  return { ...served, service };
}

/** What a raw connection is answered, until the server ends it. An answer is lost where the caller goes on sending after the end. */
function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.on("error", () => socket.destroy());
  return new Promise((resolve) => socket.once("close", () => resolve(text)));
}

describe("answers", () => {
  test("of every kind carry a policy that runs no script and no style but our own files", async () => {
    const { url } = await serve();
    for (const path of [
      "/",
      "/targets/production",
      "/targets/production/requests/1",
      "/api/v1/targets",
      "/nothing",
      "/sign-in",
      "/healthz",
    ]) {
      const { headers } = await ask(url + path, { headers: { accept: "text/html" } });
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cache-control")).toBe("no-store");
    }
  });

  test("of pages have no script, style or handler in them, and load nothing from elsewhere", async () => {
    const { url } = await serve();
    const { cookie } = await signIn(url, "approve");
    for (const path of ["/", "/targets/production", "/targets/production/requests/2", "/targets/lab", "/sign-in"]) {
      const { text } = await ask(url + path, { headers: { accept: "text/html", cookie } });
      // A link to a forge loads nothing by itself, and does not tell where it was found.
      expect(text.replaceAll(/<a href="https:\/\/[^"]+" rel="noreferrer">/g, "<a>")).not.toMatch(
        /<style|\sstyle=|\son\w+=|<script(?![^>]*src="\/assets\/)|(src|href|action)="(https?:)?\/\//,
      );
    }
  });

  test("to failures tell nothing of the inside, and the log has the cause under the request's id", async () => {
    const { url, service, lines } = await serve();
    service.failWith(new Error("connect ECONNREFUSED postgres://keeper:hunter22@10.1.2.3/db"));
    for (const accept of ["application/json", "text/html"]) {
      const { status, text, headers } = await ask(`${url}/${accept === "text/html" ? "" : "api/v1/targets"}`, {
        headers: { accept },
      });
      expect(status).toBe(500);
      expect(text).not.toMatch(/ECONNREFUSED|hunter22|10\.1\.2\.3|node:|\.ts:/);
      const id = headers.get("x-request-id") ?? "none";
      expect(text).toContain(id);
      expect(lines.some((line) => line.includes(id) && line.includes("ECONNREFUSED"))).toBe(true);
    }
  });

  test("while the store can't be used have its words for readers, and not its place for anybody else", async () => {
    const { url, service } = await serve({ read: "token" });
    const { cookie } = await signIn(url, "read");
    const words = "The store at db.example.com/pools can't be used: connect ECONNREFUSED. Try again.";
    service.failWith(new OperationalError("store_failed", words, { next: "retry" }));
    const byToken = await ask(`${url}/api/v1/targets`, { headers: bearer("read") });
    expect([byToken.status, byToken.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(JSON.parse(byToken.text)).toMatchObject({ error: { code: "unavailable", message: words } });
    // Whether the session has ended can't be asked: the page that says so is shown without it.
    const page = await ask(`${url}/targets/production`, { headers: { accept: "text/html", cookie } });
    expect([page.status, page.headers.get("content-type")]).toEqual([503, "text/html; charset=utf-8"]);
    expect(page.text).toContain("The store at db.example.com/pools can");
    const stranger = await postForm(`${url}/sign-in`, { token: TOKENS.read.secret, to: "/" });
    expect(stranger.status).toBe(503);
    expect(stranger.text).not.toContain("db.example.com");
  });

  test("and logs never hold a token, a secret or a cookie, whatever is asked", async () => {
    const { url, lines } = await serve({ read: "token" });
    const session = await signIn(url, "approve");
    const texts: string[] = [];
    const headersOf = [
      bearer("approve"),
      { authorization: `Bearer ${TOKENS.approve.secret}x` },
      { cookie: session.cookie },
    ];
    for (const headers of headersOf) {
      for (const path of [
        "/",
        "/targets/production",
        "/api/v1/targets/production",
        "/metrics",
        "/nothing?token=a",
        "/api/v1/plans/%00",
      ]) {
        for (const accept of ["text/html", "application/json"]) {
          const answer = await ask(url + path, { headers: { ...headers, accept } as Record<string, string> });
          texts.push(answer.text, JSON.stringify([...answer.headers]));
        }
      }
    }
    const all = [...texts, ...lines].join("\n");
    for (const { secret } of Object.values(TOKENS)) expect(all).not.toContain(secret);
    expect(all).not.toContain("secret-of-the-webhook");
    expect(all).not.toContain(session.cookie.split("=")[1]);
  });
});

describe("paths", () => {
  test.each([
    "/assets/../package.json",
    "/assets/..%2f..%2fpackage.json",
    "/assets/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..\\..\\package.json",
    "/assets//etc/passwd",
    "/targets/..%2f..%2fetc%2fpasswd",
    "/targets/%2e%2e%2fpackage.json/picture.svg",
    "/passes/..%2f..%2fetc%2fpasswd",
    "/api/v1/passes/..%2f..%2fetc%2fpasswd",
    "/api/v1/targets/%00",
    "/api/v1/targets/%ff",
    "/targets/production/requests/..%2f..%2fetc%2fpasswd",
    "/targets/production/requests/1e1",
    "/targets/production/requests/99999999999999999999",
    "/api/v1/targets/production/requests/%2e%2e",
    "/api/v1/targets/__proto__",
    "/api/v1/targets/constructor",
    `/api/v1/targets/${"a".repeat(5000)}`,
  ])("%s leads to no file and to nothing else", async (path) => {
    const { port } = await serve();
    // By hand: clients tidy paths up before they send them.
    const socket = connect(port, "127.0.0.1");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    const text = await readAll(socket);
    expect(text).toMatch(/^HTTP\/1\.1 (400|404|414) /);
    expect(text).not.toMatch(/root:|"devDependencies"/);
  });
});

describe("callers that take more than they need", () => {
  test("with a body larger than the API takes are refused", async () => {
    const { url, service } = await serve();
    const body = JSON.stringify({ digest: "a".repeat(200_000) });
    const headers = { ...bearer("approve"), "content-type": "application/json" };
    const { status, text } = await ask(`${url}/api/v1/approvals`, { method: "POST", body, headers });
    expect([status, JSON.parse(text).error.code]).toEqual([413, "too_large"]);
    expect(service.asked).toEqual([]);
  });

  test("with a body of another type, or no JSON, are refused", async () => {
    const { url } = await serve();
    const send = (type: string, body: string) =>
      ask(`${url}/api/v1/approvals`, { method: "POST", body, headers: { ...bearer("approve"), "content-type": type } });
    expect((await send("text/plain", "{}")).status).toBe(415);
    expect((await send("application/x-www-form-urlencoded", "digest=1")).status).toBe(415);
    expect((await send("application/json", "{")).status).toBe(400);
    expect((await send("application/json", '{"__proto__": {"role": "approve"}}')).status).toBe(400);
  });

  test("that never end their headers are cut off", async () => {
    const { port } = await serve({}, { limits: { headers_ms: 200, request_ms: 400, check_ms: 50 } });
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n");
    const drip = setInterval(() => socket.writable && socket.write("X-More: y\r\n"), 50);
    expect(await readAll(socket)).toMatch(/^$|^HTTP\/1\.1 408 /);
    clearInterval(drip);
  });

  test("that never end their body are cut off", async () => {
    const { port } = await serve({}, { limits: { headers_ms: 200, request_ms: 400, check_ms: 50 } });
    const socket = connect(port, "127.0.0.1");
    socket.write(
      "POST /webhooks/hub HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Gitea-Signature: " +
        `${"0".repeat(64)}\r\nContent-Length: 1000\r\n\r\n{`,
    );
    const drip = setInterval(() => socket.writable && socket.write(" "), 50);
    expect(await readAll(socket)).toMatch(/^$|^HTTP\/1\.1 408 /);
    clearInterval(drip);
  });

  test("that say nothing at all are cut off", async () => {
    const { port } = await serve({}, { limits: { idle_ms: 200 } });
    const socket = connect(port, "127.0.0.1");
    await readAll(socket);
    expect(socket.destroyed).toBe(true);
  });

  test("that do not take their answer are cut off", async () => {
    const picture = `<svg>${"x".repeat(64_000_000)}</svg>`;
    const service = createFakeService({ targets: buildWorld(), picture });
    const served = await serveFake(service, {}, { limits: { answer_ms: 200 } });
    servers.push(served);
    const socket = connect(served.port, "127.0.0.1");
    socket.write("GET /targets/production/picture.svg HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(socket, "readable");
    // Nothing more is read until the server is done with it: what is left then is what the buffers held.
    await expect.poll(() => served.lines.join()).toContain("client did not read the response in time");
    const text = await readAll(socket);
    expect(text.length).toBeLessThan(picture.length);
  });

  test("that do not take their answers are cut off before these take much memory, and others get theirs", async () => {
    const picture = `<svg>${"x".repeat(16_000_000)}</svg>`;
    const service = createFakeService({ targets: buildWorld(), picture });
    const served = await serveFake(service, {}, { limits: { answers_bytes: 40_000_000 } });
    servers.push(served);
    const sockets = [1, 2, 3, 4].map(() => connect(served.port, "127.0.0.1"));
    for (const socket of sockets) {
      socket.write("GET /targets/production/picture.svg HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      await once(socket, "readable");
    }
    const cut = () => served.lines.filter((line) => line.includes("did not read the response in time")).length;
    await expect.poll(cut).toBe(2);
    const answer = await ask(`${served.url}/targets/production/picture.svg`);
    expect(answer.text.length).toBe(picture.length);
    await expect.poll(cut).toBe(3);
    const lengths = await Promise.all(sockets.map(readAll));
    expect(lengths.map((text) => text.length >= picture.length)).toEqual([false, false, false, true]);
  });

  test("that are gone before their answer is ready do not count as those that do not take it", async () => {
    const service = createFakeService({ targets: buildWorld() });
    const [asked, ready] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const overview = async () => {
      asked.resolve();
      await ready.promise;
      return service.overview();
    };
    const served = await serveFake({ ...service, overview }, {}, { limits: { answers_bytes: 1 } });
    servers.push(served);
    const socket = connect(served.port, "127.0.0.1");
    socket.write("GET /api/v1/targets HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await asked.promise;
    socket.resetAndDestroy();
    // The server has noticed by the time it answers another one.
    expect((await ask(`${served.url}/healthz`)).status).toBe(200);
    ready.resolve();
    expect((await ask(`${served.url}/api/v1/targets`)).status).toBe(200);
    expect((await ask(`${served.url}/healthz`)).status).toBe(200);
    expect(served.lines.join()).not.toContain("did not read the response in time");
  });

  test("with a body that nobody will read are not waited for", async () => {
    const { port } = await serve({ read: "token" });
    for (const path of ["/api/v1/approvals", "/sign-in", "/plans/x/approve", "/nothing"]) {
      const socket = connect(port, "127.0.0.1");
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
      );
      expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 40[134] /);
    }
  });

  test("with more connections than there may be lose those on which they have asked for nothing", async () => {
    const { url, port } = await serve({}, { limits: { connections: 3 } });
    const waiting = ["GET / HTTP/1.1\r\nHost: localhost\r\n", "GET / HTTP/1.1\r\n", "G"].map((begin) => {
      const socket = connect(port, "127.0.0.1");
      socket.write(begin);
      return socket;
    });
    await Promise.all(waiting.map((socket) => once(socket, "connect")));
    const ended = waiting.map(readAll);
    for (let count = 0; count < 3; count += 1) {
      const answer = await ask(`${url}/healthz`, { headers: { connection: "close" } });
      expect(answer.status).toBe(200);
    }
    // The first alone: whoever comes after it is gone by itself before the next one comes.
    expect(await ended[0]).toBe("");
  });

  test("with more headers than there is room for are refused", async () => {
    const { port } = await serve();
    const socket = connect(port, "127.0.0.1");
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: ${"a".repeat(20_000)}\r\n\r\n`);
    expect(await readAll(socket)).toContain("431");
  });
});
