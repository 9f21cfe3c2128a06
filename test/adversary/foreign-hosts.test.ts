/**
 * The attacker has a name that resolves to the daemon's address (DNS rebinding) and a page under that name in the browser of
 * someone who reaches the daemon: for the browser the daemon is then of the page's own origin, so that the page may send any
 * header but `Host`, `Origin` and `Cookie`, and read every answer. Nothing may be read, and nothing done.
 */
import { describe, expect, test } from "vitest";
import type { HttpConfig } from "../../src/model/daemon/daemon-config.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { askAs, sendBytes } from "./ask-as.ts";

const PATHS = [
  "/",
  "/targets/prod",
  "/targets/prod/picture.svg",
  "/api/v1/targets",
  "/api/v1/targets/prod",
  "/api/v1/openapi.json",
  "/api/v1/audit",
  "/events",
  "/metrics",
  "/sign-in",
  "/assets/page.js",
  "/nothing",
];
const FOREIGN = [
  "evil.example.com",
  "evil.example.com:8090",
  "localhost.evil.example.com",
  "127.0.0.1.nip.io",
  "127.0.0.1.evil.example.com:80",
  "pools.example.com.evil.example.com",
  "evil.example.com:pools.example.com",
  "localhost@evil.example.com",
  "[::1].evil.example.com",
  "poolkeeper",
  "2130706433.",
];
const TOLD = { "x-forwarded-host": "localhost", forwarded: "host=localhost", "x-original-host": "localhost" };

async function startDaemon(http: Partial<HttpConfig> = {}) {
  const world = await openDaemonWorld();
  const running = await world.start({}, (config) => ({ ...config, http: { ...config.http, ...http } }));
  await running.untilApplied(world.first);
  return running;
}

describe("a page whose name was rebound to the daemon's address", () => {
  test("reads nothing under any path: no page, no API, no event, no metric", async () => {
    const { url } = await startDaemon();
    for (const path of PATHS) {
      for (const accept of ["text/html", "application/json", "text/event-stream"]) {
        const { status, text } = await askAs(url + path, { headers: { host: "evil.example.com", accept } });
        expect([path, status]).toEqual([path, 421]);
        expect(JSON.parse(text).error).toEqual({
          code: "misdirected",
          message: expect.stringContaining("http.public_url"),
        });
        expect(text).not.toMatch(/prod|acme|queue|cluster/);
      }
    }
  });

  test("reads nothing under any name that looks like one of the daemon's own", async () => {
    const { url } = await startDaemon({ public_url: "https://pools.example.com", hosts: ["pools"] });
    for (const host of FOREIGN) {
      const { status } = await askAs(`${url}/api/v1/targets`, { headers: { host } });
      expect([host, status]).toEqual([host, 421]);
    }
  });

  test("changes nothing, though it has a token", async () => {
    const { url } = await startDaemon();
    const headers = { host: "evil.example.com", authorization: `Bearer ${TOKENS.approve}` };
    const body = JSON.stringify({ reason: "mine", until: null, address: null });
    const sent = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body };
    expect((await askAs(`${url}/api/v1/targets/prod/pause`, sent)).status).toBe(421);
    const own = { headers: { authorization: headers.authorization } };
    expect((await askAs(`${url}/api/v1/targets/prod`, own)).text).toContain('"pauses":[]');
  });

  test("reads nothing where it claims another host by headers that proxies send", async () => {
    const { url } = await startDaemon();
    const { status } = await askAs(`${url}/api/v1/targets`, { headers: { host: "evil.example.com", ...TOLD } });
    expect(status).toBe(421);
  });

  test("reads nothing where it claims so from the address of a trusted proxy, on whose machine the browser runs", async () => {
    const { url } = await startDaemon({ trusted_proxies: ["127.0.0.1"] });
    const { status } = await askAs(`${url}/api/v1/targets`, { headers: { host: "evil.example.com", ...TOLD } });
    expect(status).toBe(421);
  });

  test("reads nothing by a trusted proxy that says under which name it was asked", async () => {
    const { url } = await startDaemon({ trusted_proxies: ["127.0.0.1"] });
    const headers = { host: "localhost", "x-forwarded-host": "evil.example.com" };
    expect((await askAs(`${url}/api/v1/targets`, { headers })).status).toBe(421);
  });

  test("learns from health endpoints that something answers, and no more", async () => {
    const { url } = await startDaemon();
    const headers = { host: "evil.example.com" };
    expect(JSON.parse((await askAs(`${url}/healthz`, { headers })).text)).toEqual({ status: "ok" });
    expect(JSON.parse((await askAs(`${url}/readyz`, { headers })).text)).toEqual({ ready: true, problems: [] });
  });
});

describe("a request that names no host, or several", () => {
  test("is refused", async () => {
    const { url } = await startDaemon();
    for (const request of [
      "GET /api/v1/targets HTTP/1.0\r\n\r\n",
      "GET /api/v1/targets HTTP/1.1\r\nConnection: close\r\n\r\n",
      "GET /api/v1/targets HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
      "GET /api/v1/targets HTTP/1.1\r\nHost: localhost\r\nHost: evil.example.com\r\nConnection: close\r\n\r\n",
      "GET http://evil.example.com/api/v1/targets HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ]) {
      const answer = await sendBytes(url, request);
      expect(answer).toMatch(/^HTTP\/1\.1 (400|421) /);
      expect(answer).not.toContain("prod");
    }
  });

  test("is answered by health endpoints, as some probes name none", async () => {
    const { url } = await startDaemon();
    expect(await sendBytes(url, "GET /readyz HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("the daemon's own hosts", () => {
  test("are loopback, those that are configured, and addresses, which can't be rebound", async () => {
    const { url } = await startDaemon({ public_url: "https://pools.example.com", hosts: ["poolkeeper.platform.svc"] });
    for (const host of [
      ...["localhost:1234", "LOCALHOST", "localhost.", "app.localhost:80", "127.0.0.1:8090", "127.9.9.9", "[::1]:8090"],
      ...["pools.example.com", "Pools.Example.com:443", "poolkeeper.platform.svc"],
      ...["10.20.30.40:8090", "[2001:db8::7]:8090"],
    ]) {
      const { status } = await askAs(`${url}/api/v1/targets`, { headers: { host } });
      expect([host, status]).toEqual([host, 200]);
    }
  });
});
