import type { LookupFunction } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { callJson } from "../../../src/systems/http/call-json.ts";
import { createDispatcher, type DispatcherOptions } from "../../../src/systems/http/create-dispatcher.ts";
import { readHttpProxies } from "../../../src/systems/http/read-http-proxies.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import { makeCertificate } from "../control-plane/fixtures/make-certificate.ts";
import { serve, serveProxy } from "../control-plane/fixtures/serve.ts";

const HOST = "control-plane.test";
/** Every host is this machine. */
const lookup: LookupFunction = (_, { all }, done) =>
  all === true ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);

function serveWords(words: string): Promise<number> {
  return serve((_, response) => void response.end(words), makeCertificate([HOST]));
}

function openCaller(options: Pick<DispatcherOptions, "hostname" | "proxy">) {
  const dispatcher = createDispatcher({ ...options, skipVerify: true, timeoutMs: PATIENCE_MS, lookup });
  onTestFinished(() => dispatcher.destroy());
  const call = (url: string) => callJson(dispatcher, { url, method: "GET", headers: {}, timeoutMs: PATIENCE_MS });
  return { call, dispatcher };
}

test.each([
  ["of another kind", "socks5://127.0.0.1:1", HOST],
  ["of another kind", "socks5://127.0.0.1:1", null],
  ["unset", "", HOST],
  ["unset", "", null],
])("where HTTPS_PROXY is %s (%s, host %s), HTTP_PROXY is for plain HTTP alone", async (_, HTTPS_PROXY, hostname) => {
  const proxy = await serveProxy(0, 403);
  const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, HTTPS_PROXY };
  const { call } = openCaller({ hostname, proxy: readHttpProxies(env) });
  const port = await serveWords("directly");
  expect(await call(`https://${HOST}:${port}/`)).toMatchObject({ text: "directly" });
  expect(proxy.tunnels).toEqual([]);
  await expect(call(`http://${HOST}/`)).rejects.toThrow();
  expect(proxy.tunnels).toEqual([`${HOST}:80`]);
});

test("a host of this machine beside the one that is called, as of tokens, is reached past the proxy", async () => {
  const proxy = await serveProxy(0, 403);
  const https = `http://127.0.0.1:${proxy.port}`;
  const { call } = openCaller({ hostname: HOST, proxy: { http: "", https, none: "" } });
  expect(await call(`https://127.0.0.1:${await serveWords("a token")}/`)).toMatchObject({ text: "a token" });
  expect(proxy.tunnels).toEqual([]);
});

test("a host elsewhere that one of this machine leads to, as for tokens, is reached through the proxy", async () => {
  const proxy = await serveProxy(await serveWords("a token"));
  const https = `http://127.0.0.1:${proxy.port}`;
  const { call } = openCaller({ hostname: "127.0.0.1", proxy: { http: "", https, none: "" } });
  expect(await call(`https://${HOST}/`)).toMatchObject({ text: "a token" });
  expect(proxy.tunnels).toEqual([`${HOST}:443`]);
});

test("a host of this machine is called though a proxy is none that can be used", async () => {
  const { call } = openCaller({ hostname: "127.0.0.1", proxy: { http: "", https: "socks5://127.0.0.1:1", none: "" } });
  expect(await call(`https://127.0.0.1:${await serveWords("directly")}/`)).toMatchObject({ text: "directly" });
});

test.each(["close", "destroy"] as const)("%s ends the connections past the proxies too", async (end) => {
  const { call, dispatcher } = openCaller({
    hostname: HOST,
    proxy: { http: "http://127.0.0.1:1", https: "", none: "" },
  });
  const url = `https://${HOST}:${await serveWords("directly")}/`;
  await call(url);
  await dispatcher[end]();
  await expect(call(url)).rejects.toThrow(/closed|destroyed/);
});
