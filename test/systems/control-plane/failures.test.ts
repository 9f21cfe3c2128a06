import { createServer, type ServerResponse } from "node:http";
import { createServer as createNetServer } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ERROR_CATALOGUE } from "../../../src/systems/control-plane/control-plane-errors.ts";
import { ClusterService } from "../../../src/systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { QueueService } from "../../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { SOON_MS } from "../../set-up/patience.ts";
import { failureOf } from "./fixtures/failure.ts";
import { open } from "./fixtures/open.ts";
import { listenOn, serve, serveRoutes } from "./fixtures/serve.ts";

const local = (port: number) => ({ endpoint: `http://127.0.0.1:${port}` });
const once = { retries: 0 };

/** Opens a control plane whose every answer is made by `answer`. */
async function openAnswering(answer: (response: ServerResponse) => void, options = {}) {
  const port = await serve((request, response) => {
    request.resume().on("end", () => answer(response));
  });
  return open(local(port), options);
}

describe("a code that the server sends", () => {
  const names = Object.entries(Code).filter((pair): pair is [string, Code] => typeof pair[1] === "number");
  test.each(names)("%s is told by the catalogue, with the server's words, RPC and endpoint", async (_, code) => {
    const refuse = () => {
      throw new ConnectError("the words of the server", code);
    };
    const port = await serveRoutes((router) => {
      router.rpc(QueueService.method.listQueues, refuse);
      router.rpc(ClusterService.method.undeleteCluster, refuse);
    });
    const { reader, writer } = open(local(port), once);
    const read = await failureOf(reader.listQueues("live"));
    const entry = ERROR_CATALOGUE[read.code as keyof typeof ERROR_CATALOGUE];
    expect(read).toMatchObject({ next: entry.next, outcomeUnknown: false });
    expect(read.message).toContain(`QueueService/ListQueues at http://127.0.0.1:${port}`);
    expect(read.message).toContain("the words of the server");
    expect(read.message).toContain(entry.remedy);
    const write = await failureOf(writer.undeleteCluster("c"));
    expect(write).toMatchObject({ code: read.code, outcomeUnknown: entry.ambiguous });
  });
});

describe("an answer that is no control plane's", () => {
  const html = { "content-type": "text/html" };
  test.each([
    [301, "bad_answer", "stop"],
    [400, "bad_answer", "stop"],
    [401, "unauthenticated", "stop"],
    [403, "permission_denied", "stop"],
    [404, "unimplemented", "stop"],
    [429, "resource_exhausted", "retry"],
    [500, "internal", "retry"],
    [502, "unavailable", "retry"],
    [503, "unavailable", "retry"],
    [504, "unavailable", "retry"],
  ])("HTTP %i with a page of HTML is %s", async (status, code, next) => {
    const { reader } = await openAnswering((response) => response.writeHead(status, html).end("<html>no"), once);
    expect(await failureOf(reader.getQueue("q"))).toMatchObject({ code, next });
  });

  test.each([
    ["a login page", html, "<html>log in</html>"],
    ["bytes that are no message", { "content-type": "application/proto" }, Buffer.from([0xff, 0xff, 0xff])],
    ["JSON where binary was asked for", { "content-type": "application/json" }, "{}"],
    ["gzip that is none", { "content-type": "application/proto", "content-encoding": "gzip" }, "plain"],
    ["an encoding that nobody asked for", { "content-type": "application/proto", "content-encoding": "lzma" }, "x"],
  ])("%s with HTTP 200 is a bad answer, and a write's outcome is then unknown", async (_, headers, body) => {
    const { reader, writer } = await openAnswering((response) => response.writeHead(200, headers).end(body), once);
    expect(await failureOf(reader.getQueue("q"))).toMatchObject({ code: "bad_answer", next: "stop" });
    expect(await failureOf(writer.undeleteQueue("q"))).toMatchObject({ code: "bad_answer", outcomeUnknown: true });
  });

  test("text that is not HTTP is a bad answer", async () => {
    const server = createNetServer((socket) => {
      socket.on("error", () => undefined).end("SSH-2.0-OpenSSH_9.2\r\n");
    });
    const { reader } = open(local(await listenOn(server)), once);
    expect(await failureOf(reader.getQueue("q"))).toMatchObject({ code: "bad_answer" });
  });

  test("a page of garbage is never taken for a generation", async () => {
    const garbage = { "content-type": "application/proto" };
    const { reader } = await openAnswering((response) => response.writeHead(200, garbage).end("\xff\xff"), once);
    expect(await failureOf(reader.detectGeneration())).toMatchObject({ code: "bad_answer" });
  });
});

describe("a connection that fails", () => {
  test("refused: nothing was sent, so a write's outcome is known", async () => {
    const closed = createServer();
    const port = await new Promise<number>((resolve) => {
      closed.listen(0, "127.0.0.1", () => {
        const address = closed.address();
        closed.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
      });
    });
    const { writer } = open(local(port), once);
    const failure = await failureOf(writer.undeletePool("p"));
    expect(failure).toMatchObject({ code: "connection_refused", next: "retry", outcomeUnknown: false });
    expect(failure.message).toContain("ECONNREFUSED");
  });

  test("cut after the request: a write's outcome is unknown, a read is tried again", async () => {
    let calls = 0;
    const port = await serve((request, response) => {
      calls += 1;
      request.resume().on("end", () => response.destroy());
    });
    const { reader, writer } = open(local(port), { retries: 2 });
    expect(await failureOf(writer.undeletePool("p"))).toMatchObject({ code: "connection_cut", outcomeUnknown: true });
    expect(calls).toBe(1);
    expect(await failureOf(reader.getQueue("q"))).toMatchObject({ code: "connection_cut", next: "retry" });
    expect(calls).toBe(4);
  });

  test("cut in the middle of the answer: the same", async () => {
    const { writer } = await openAnswering((response) => {
      response.writeHead(200, { "content-type": "application/proto", "content-length": "100" });
      response.write("half", () => response.destroy());
    });
    expect(await failureOf(writer.undeletePool("p"))).toMatchObject({ code: "connection_cut", outcomeUnknown: true });
  });

  test("silent: the call ends in time, and says how to allow more", async () => {
    const port = await serve((request) => void request.resume());
    const { reader, writer } = open({ ...local(port), timeoutMs: SOON_MS }, once);
    const failure = await failureOf(writer.undeletePool("p"));
    expect(failure).toMatchObject({ code: "timeout", next: "retry", outcomeUnknown: true });
    expect(failure.message).toContain("--timeout");
    expect(await failureOf(reader.getQueue("q"))).toMatchObject({ code: "timeout", outcomeUnknown: false });
  });

  test("silent in the middle of the answer: the same", async () => {
    const port = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { "content-type": "application/proto" }).write("half");
    });
    const { writer } = open({ ...local(port), timeoutMs: SOON_MS }, once);
    expect(await failureOf(writer.undeletePool("p"))).toMatchObject({ code: "timeout", outcomeUnknown: true });
  });
});

test("closing cuts the calls that run, and they are not tried again", async () => {
  let calls = 0;
  const port = await serve((request) => {
    calls += 1;
    request.resume();
  });
  const { reader, close } = open(local(port));
  const reading = failureOf(reader.getQueue("q"));
  await expect.poll(() => calls).toBe(1);
  await close();
  expect(await reading).toMatchObject({ code: "canceled", next: "stop" });
  expect(await failureOf(reader.getQueue("q"))).toMatchObject({ code: "canceled" });
  expect(calls).toBe(1);
});

describe("trying again", () => {
  test("waits as long as the server asks, in seconds or until a date, and no longer than an hour", async () => {
    const asked = ["2", "Sat, 21 Nov 2026 10:00:05 GMT", "86400"];
    const pauses: (number | null)[] = [];
    const { reader } = await openAnswering(
      (response) => response.writeHead(503, { "retry-after": asked.shift() ?? "nonsense" }).end(),
      {
        retries: 4,
        now: () => Date.parse("2026-11-21T10:00:00Z"),
        delayMs: (_: number, retryAfterMs: number | null) => {
          pauses.push(retryAfterMs);
          return 0;
        },
      },
    );
    await failureOf(reader.getQueue("q"));
    expect(pauses).toEqual([2_000, 5_000, 3_600_000, null]);
  });

  test("a read that succeeds at last is no failure; a refusal is not tried again", async () => {
    let calls = 0;
    const port = await serveRoutes((router) => {
      router.rpc(QueueService.method.getQueue, () => {
        calls += 1;
        if (calls < 3) throw new ConnectError("busy", Code.Unavailable);
        return { queue: { id: { organization: "acme", name: "q" } } };
      });
      router.rpc(QueueService.method.listQueues, () => {
        calls += 1;
        throw new ConnectError("no", Code.PermissionDenied);
      });
    });
    const { reader } = open(local(port));
    expect(await reader.getQueue("q")).toMatchObject({ name: "q" });
    expect(calls).toBe(3);
    expect(await failureOf(reader.listQueues("live"))).toMatchObject({ code: "permission_denied" });
    expect(calls).toBe(4);
  });

  test("a write is never tried again, whatever the failure allows", async () => {
    let calls = 0;
    const { writer } = await openAnswering((response) => {
      calls += 1;
      response.writeHead(503, { "retry-after": "7" }).end();
    });
    const failure = await failureOf(writer.undeletePool("p"));
    expect(failure).toMatchObject({ code: "unavailable", next: "retry", outcomeUnknown: true, retryAfterMs: 7_000 });
    expect(calls).toBe(1);
  });
});
