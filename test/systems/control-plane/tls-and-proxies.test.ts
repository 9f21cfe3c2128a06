import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { QueueService } from "../../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { createDispatcher } from "../../../src/systems/http/create-dispatcher.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import { everythingOf, failureOf } from "./fixtures/failure.ts";
import { makeCertificate } from "./fixtures/make-certificate.ts";
import { open } from "./fixtures/open.ts";
import { serveProxy, serveRoutes } from "./fixtures/serve.ts";

const HOST = "control-plane.test";
const certificate = makeCertificate(["localhost", HOST]);
const once = { retries: 0 };

function serveQueue(tls?: typeof certificate) {
  const answer = () => ({ queue: { id: { organization: "acme", name: "q" } } });
  return serveRoutes((router) => router.rpc(QueueService.method.getQueue, answer), tls);
}

function writeFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "poolkeeper-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "ca.pem");
  writeFileSync(file, text);
  return file;
}

describe("TLS", () => {
  test("an authority that nobody knows is not trusted, and the remedy is named", async () => {
    const { reader, writer } = open({ endpoint: `https://localhost:${await serveQueue(certificate)}` }, once);
    const failure = await failureOf(reader.getQueue("q"));
    expect(failure).toMatchObject({ code: "tls_untrusted", next: "stop" });
    expect(failure.message).toContain("--ca-file");
    expect(await failureOf(writer.undeleteQueue("q"))).toMatchObject({ outcomeUnknown: false });
  });

  test("the authority of --ca-file is trusted", async () => {
    const endpoint = `https://localhost:${await serveQueue(certificate)}`;
    const { reader } = open({ endpoint, caFile: writeFile(certificate.cert) });
    expect(await reader.getQueue("q")).toMatchObject({ name: "q" });
  });

  test("a trusted certificate of another host is refused", async () => {
    const other = makeCertificate(["elsewhere.test"]);
    const endpoint = `https://localhost:${await serveQueue(other)}`;
    const { reader } = open({ endpoint, caFile: writeFile(other.cert) }, once);
    expect(await failureOf(reader.getQueue("q"))).toMatchObject({ code: "tls_untrusted" });
  });

  test("nothing is checked when that was asked for", async () => {
    const { reader } = open({ endpoint: `https://localhost:${await serveQueue(certificate)}`, skipVerify: true });
    expect(await reader.getQueue("q")).toMatchObject({ name: "q" });
  });

  test("a port without TLS is told apart", async () => {
    const { reader } = open({ endpoint: `https://localhost:${await serveQueue()}` }, once);
    expect(await failureOf(reader.getQueue("q"))).toMatchObject({ code: "tls_failed", next: "stop" });
  });

  test("a CA file that is absent is an error before anything is sent", () => {
    expect(() => open({ endpoint: "https://localhost:1", caFile: "/nowhere/ca.pem" })).toThrow(/\/nowhere\/ca\.pem/);
  });
});

describe("proxies", () => {
  test("a proxy tunnels to the control plane, whose certificate is checked through it", async () => {
    const proxy = await serveProxy(await serveQueue(certificate));
    const proxied = { http: "", https: `http://user:hunter22@127.0.0.1:${proxy.port}`, none: "" };
    const endpoint = `https://${HOST}`;
    const { reader } = open({ endpoint, caFile: writeFile(certificate.cert), proxy: proxied });
    expect(await reader.getQueue("q")).toMatchObject({ name: "q" });
    expect(proxy.tunnels).toEqual([`${HOST}:443`]);
    const untrusting = open({ endpoint, proxy: proxied }, once);
    expect(await failureOf(untrusting.reader.getQueue("q"))).toMatchObject({ code: "tls_untrusted" });
  });

  test("a refusal by the proxy is told, without the proxy's password", async () => {
    const proxy = await serveProxy(0, 407);
    const https = `http://user:hunter22@127.0.0.1:${proxy.port}`;
    const { reader } = open({ endpoint: `https://${HOST}`, proxy: { http: "", https, none: "" } }, once);
    const failure = await failureOf(reader.getQueue("q"));
    expect(failure).toMatchObject({ code: "proxy_refused", next: "stop" });
    expect(failure.message).toContain("407");
    expect(everythingOf(failure)).not.toContain("hunter22");
  });

  test("NO_PROXY goes past the proxy", async () => {
    const proxy = await serveProxy(0, 407);
    const proxied = { http: "", https: `http://127.0.0.1:${proxy.port}`, none: `${HOST},other.test` };
    const { reader } = open({ endpoint: `https://${HOST}:1`, proxy: proxied }, once);
    expect((await failureOf(reader.getQueue("q"))).code).not.toBe("proxy_refused");
    expect(proxy.tunnels).toEqual([]);
  });

  test("a proxy without a scheme is an HTTP proxy, as for curl", async () => {
    const proxy = await serveProxy(0, 407);
    const proxied = { http: "", https: `127.0.0.1:${proxy.port}`, none: "" };
    const { reader } = open({ endpoint: `https://${HOST}`, proxy: proxied }, once);
    expect((await failureOf(reader.getQueue("q"))).code).toBe("proxy_refused");
  });

  test.each([
    ["https://10.1.2.3", "10.0.0.0/8", false],
    ["https://[fd00::1]", "elsewhere.test, fd00::/8", false],
    ["https://11.1.2.3", "10.0.0.0/8 fd00::/8,10.0.0.0/99,/8", true],
  ])(
    "%s goes past the proxy only where NO_PROXY lists a network with its address: %s",
    async (url, none, isProxied) => {
      // One that can't be used is missed by what needs it.
      const proxy = { http: "", https: "socks5://127.0.0.1:1", none };
      const { hostname } = new URL(url);
      const made = async () => createDispatcher({ hostname, skipVerify: false, timeoutMs: PATIENCE_MS, proxy }).close();
      const outcome = await made().then(
        () => "made",
        ({ code }) => code,
      );
      expect(outcome).toBe(isProxied ? "proxy_invalid" : "made");
    },
  );

  test("this machine is never reached through a proxy", async () => {
    const proxy = await serveProxy(0, 407);
    const everything = `http://127.0.0.1:${proxy.port}`;
    const endpoint = `http://127.0.0.1:${await serveQueue()}`;
    const { reader } = open({ endpoint, proxy: { http: everything, https: everything, none: "" } });
    expect(await reader.getQueue("q")).toMatchObject({ name: "q" });
    expect(proxy.tunnels).toEqual([]);
  });

  test("a proxy that is no URL is refused without repeating it", () => {
    const proxy = { http: "", https: "user:hunter22@ proxy", none: "" };
    expect(() => open({ endpoint: "https://cp.example.com", proxy })).toThrow(/HTTPS_PROXY/);
    expect(() => open({ endpoint: "https://cp.example.com", proxy })).not.toThrow(/hunter22/);
  });
});
