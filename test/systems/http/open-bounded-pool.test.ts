import { createServer } from "node:http";
import { createServer as createNetServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { callJson } from "../../../src/systems/http/call-json.ts";
import { createDispatcher } from "../../../src/systems/http/create-dispatcher.ts";
import { AnswerTooLargeError } from "../../../src/systems/http/read-body.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import { makeCertificate } from "../control-plane/fixtures/make-certificate.ts";
import { listenOn, serveProxy } from "../control-plane/fixtures/serve.ts";

const MIB = 1024 * 1024;

function openCaller(hostname: string, proxy = "", timeoutMs = PATIENCE_MS) {
  const proxies = { http: proxy, https: proxy, none: "" };
  const dispatcher = createDispatcher({ hostname, skipVerify: true, timeoutMs, proxy: proxies });
  onTestFinished(() => dispatcher.destroy());
  return (url: string) => callJson(dispatcher, { url, method: "GET", headers: {}, timeoutMs: PATIENCE_MS });
}

/** A server over TLS whose words of a status never end. */
async function pourWords(): Promise<number> {
  const words = Buffer.alloc(MIB, 0x61);
  const server = createTlsServer({ ...makeCertificate(["localhost"]) }, (socket) => {
    const pour = () => {
      while (!socket.destroyed && socket.write(words));
    };
    socket.on("error", () => undefined).on("drain", pour);
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 ");
      pour();
    });
  });
  return listenOn(server);
}

test("bytes that are no body are bounded over TLS too", async () => {
  const call = openCaller("localhost");
  await expect(call(`https://localhost:${await pourWords()}/`)).rejects.toThrow(AnswerTooLargeError);
});

test("bytes that are no body are bounded through a proxy too", async () => {
  const proxy = await serveProxy(await pourWords());
  const call = openCaller("elsewhere.test", `http://127.0.0.1:${proxy.port}`);
  await expect(call("https://elsewhere.test/")).rejects.toThrow(AnswerTooLargeError);
  expect(proxy.tunnels).toEqual(["elsewhere.test:443"]);
});

/** A proxy that answers with `words` to every tunnel, for as long as it is read, and when a connection to it has ended. */
async function servePouring(words: Buffer) {
  const ended = Promise.withResolvers<void>();
  const server = createNetServer((socket) => {
    const pour = () => {
      while (words.length > 0 && !socket.destroyed && socket.write(words));
    };
    socket.on("error", () => undefined).on("drain", pour);
    socket.on("close", () => ended.resolve());
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 ");
      pour();
    });
  });
  return { url: `http://127.0.0.1:${await listenOn(server)}`, ended: ended.promise };
}

test.each(["https", "http"])("the answer of a proxy to a tunnel for %s is bounded in bytes", async (scheme) => {
  const proxy = await servePouring(Buffer.alloc(MIB, 0x61));
  const call = openCaller("elsewhere.test", proxy.url);
  await expect(call(`${scheme}://elsewhere.test/`)).rejects.toThrow(AnswerTooLargeError);
  await proxy.ended;
});

test("the answer of a proxy to a tunnel is waited for as long as a connection is, and the connection to it is given up then", async () => {
  const proxy = await servePouring(Buffer.alloc(0));
  const call = openCaller("elsewhere.test", proxy.url, 50);
  await expect(call("https://elsewhere.test/")).rejects.toMatchObject({ code: "UND_ERR_CONNECT_TIMEOUT" });
  await proxy.ended;
});

test("a call through a tunnel may take longer than the tunnel", async () => {
  const [asked, late] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const server = createTlsServer({ ...makeCertificate(["elsewhere.test"]) }, (socket) => {
    socket
      .on("error", () => undefined)
      .once("data", async () => {
        asked.resolve();
        await late.promise;
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
      });
  });
  const proxy = await serveProxy(await listenOn(server));
  const answer = openCaller("elsewhere.test", `http://127.0.0.1:${proxy.port}`, 200)("https://elsewhere.test/");
  await asked.promise;
  // As long as a tunnel may take.
  const silent = await servePouring(Buffer.alloc(0));
  await expect(openCaller("elsewhere.test", silent.url, 200)("https://elsewhere.test/")).rejects.toThrow();
  late.resolve();
  expect((await answer).text).toBe("{}");
});

test("each call of a connection has all of the bytes", async () => {
  const sent = new Map<number, number>();
  const server = createServer(({ socket: { remotePort = 0 } }, response) => {
    sent.set(remotePort, (sent.get(remotePort) ?? 0) + 30 * MIB);
    response.end(Buffer.alloc(30 * MIB, 0x20));
  });
  const [call, port] = [openCaller("127.0.0.1"), await listenOn(server)];
  for (let count = 0; count < 8; count += 1) {
    expect((await call(`http://127.0.0.1:${port}/`)).text.length).toBe(30 * MIB);
  }
  expect(Math.max(...sent.values())).toBeGreaterThan(70 * MIB);
});

test("an answer before the answer is read over, and a hundred of them are none that is waited for", async () => {
  const server = createServer((request, response) => {
    const early = () => response.writeEarlyHints({ link: "</a>; rel=preload" });
    for (let count = 0; count < Number(request.url?.slice(1)); count += 1) early();
    response.end("{}");
  });
  const [call, port] = [openCaller("127.0.0.1"), await listenOn(server)];
  expect((await call(`http://127.0.0.1:${port}/3`)).text).toBe("{}");
  await expect(call(`http://127.0.0.1:${port}/100`)).rejects.toThrow(AnswerTooLargeError);
  expect((await call(`http://127.0.0.1:${port}/1`)).text).toBe("{}");
});
