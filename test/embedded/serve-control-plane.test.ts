import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { compressionGzip, createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type ServedControlPlane,
  type ServeOptions,
  serveControlPlane,
} from "../../src/embedded/serve-control-plane.ts";
import {
  ClusterPoolService,
  ListRequestSchema,
} from "../../src/systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import { QueueService } from "../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { AuthMetadataService } from "../../src/systems/control-plane/gen/flyteidl2/auth/auth_pb.js";
import { id, outcomeOf } from "./open-world.ts";

async function serve(options: Partial<ServeOptions> = {}): Promise<ServedControlPlane> {
  const served = await serveControlPlane({ generation: "2026-11", org: "acme", ...options });
  onTestFinished(() => served.close());
  return served;
}

const listPath = "/cloudidl.clusterpool.ClusterPoolService/List";

async function listNames(transport: Transport): Promise<readonly (string | undefined)[]> {
  const { clusterPools } = await createClient(ClusterPoolService, transport).list({ organization: "acme" });
  return clusterPools.map((pool) => pool.id?.name);
}

describe("one port in clear", () => {
  test.each([
    ["Connect with proto over HTTP/1.1", (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
    [
      "Connect with JSON over HTTP/1.1",
      (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
    ],
    ["Connect over HTTP/2", (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "2" })],
    ["gRPC over HTTP/2", (baseUrl: string) => createGrpcTransport({ baseUrl })],
    [
      "gzip both ways",
      (baseUrl: string) =>
        createConnectTransport({ baseUrl, httpVersion: "1.1", sendCompression: compressionGzip, compressMinBytes: 0 }),
    ],
  ])("%s reads, streams, and carries a refusal", async (_what, createTransport) => {
    const { url } = await serve();
    const transport = createTransport(url);
    expect(await listNames(transport)).toEqual(["default"]);
    const pools = createClient(ClusterPoolService, transport);
    expect(await outcomeOf(pools.get({ id: id("none") }))).toBe("NotFound");
    const stop = new AbortController();
    const stream = createClient(QueueService, transport).watchQueueMetrics(
      { poolId: id("default") },
      { signal: stop.signal },
    );
    expect(await outcomeOf(stream[Symbol.asyncIterator]().next())).toBe("ok");
    stop.abort();
  });

  test("a plain JSON request is answered in JSON, and a refusal has the HTTP status of its code", async () => {
    const { url } = await serve();
    const post = (path: string, body: object) =>
      fetch(`${url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const listed = await (await post(listPath, { organization: "acme" })).json();
    expect(listed).toMatchObject({ clusterPools: [{ id: { name: "default" } }] });
    const missing = await post("/cloudidl.queue.QueueService/GetQueue", { id: id("none") });
    expect([missing.status, await missing.json()]).toEqual([
      404,
      { code: "not_found", message: 'queue "none" does not exist' },
    ]);
    const lacking = await post("/cloudidl.clusterpool.ClusterPoolService/CreateOrgClusterPools", {
      organization: "acme",
    });
    const lack: unknown = await lacking.json();
    expect([lacking.status, lack]).toEqual([501, expect.objectContaining({ code: "unimplemented" })]);
    expect((await post("/nothing.Service/Here", {})).status).toBe(404);
  });

  test("a gzip request body is read, and a gzip answer is sent to who accepts one", async () => {
    const { url } = await serve();
    const headers = { "content-type": "application/proto", "content-encoding": "gzip", "accept-encoding": "gzip" };
    const body = gzipSync(toBinary(ListRequestSchema, create(ListRequestSchema, { organization: "acme" })));
    const { encoding, answer } = await new Promise<{ encoding: unknown; answer: Buffer }>((resolve, reject) => {
      const request = httpRequest(`${url}${listPath}`, { method: "POST", headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ encoding: response.headers["content-encoding"], answer: Buffer.concat(chunks) }),
        );
      });
      request.on("error", reject);
      request.end(body);
    });
    const plain = encoding === "gzip" ? gunzipSync(answer) : answer;
    expect(plain.toString("latin1")).toContain("acme-default-metadata");
  });

  test("a first byte that comes alone is waited for", async () => {
    const { url } = await serve();
    const { port } = new URL(url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write("P");
    // It comes alone: another call is answered meanwhile.
    await listNames(createConnectTransport({ baseUrl: url, httpVersion: "1.1" }));
    socket.write(
      `OST ${listPath} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`,
    );
    expect(await text(socket)).toContain("200 OK");
  });

  test("a port that is taken is an operational error that names it", async () => {
    const { url } = await serve();
    const port = Number(new URL(url).port);
    await expect(serve({ port })).rejects.toMatchObject({
      code: "cannot_listen",
      message: expect.stringContaining(`${port}`),
    });
  });

  test("closing ends an open stream", async () => {
    const served = await serveControlPlane({ generation: "2026-11", org: "acme" });
    const client = createClient(QueueService, createConnectTransport({ baseUrl: served.url, httpVersion: "1.1" }));
    const stream = client.watchQueueMetrics({ poolId: id("default") })[Symbol.asyncIterator]();
    await stream.next();
    const end = outcomeOf(stream.next());
    await served.close();
    expect(await end).not.toBe("ok");
  });
});

function readPem(name: string): string {
  return readFileSync(join(import.meta.dirname, "certificate", `${name}.pem`), "utf8");
}

describe("TLS", () => {
  test.each(["1.1", "2"] as const)("HTTP/%s is served over TLS", async (httpVersion) => {
    const { url } = await serve({ tls: { cert: readPem("cert"), key: readPem("key") } });
    expect(url).toMatch(/^https:/);
    const transport = createConnectTransport({ baseUrl: url, httpVersion, nodeOptions: { ca: readPem("ca") } });
    expect(await listNames(transport)).toEqual(["default"]);
  });
});

describe("tokens", () => {
  const withHeader = (url: string, authorization?: string) =>
    createConnectTransport({
      baseUrl: url,
      httpVersion: "1.1",
      interceptors: [
        (next) => (request) => {
          if (authorization !== undefined) {
            request.header.set("authorization", authorization);
          }
          return next(request);
        },
      ],
    });

  test.each([
    ["the token", "Bearer s3cret", "ok"],
    ["another token", "Bearer other", "Unauthenticated"],
    ["the token without its scheme", "s3cret", "Unauthenticated"],
    ["nothing", undefined, "Unauthenticated"],
  ])("a call with %s", async (_what, header, outcome) => {
    const { url } = await serve({ token: "s3cret" });
    expect(await outcomeOf(listNames(withHeader(url, header)))).toBe(outcome);
  });

  test("how to get a token is told to everyone", async () => {
    const { url } = await serve({ token: "s3cret" });
    const client = createClient(AuthMetadataService, withHeader(url));
    expect((await client.getPublicClientConfig({})).authorizationMetadataKey).toBe("authorization");
    expect((await client.getOAuth2Metadata({})).tokenEndpoint).toBe("");
  });

  test("client credentials get a token that is good until it expires", async () => {
    let time = 0;
    const oauth = { clientId: "robot", clientSecret: "a b&c", lifetimeSeconds: 60 };
    const { url } = await serve({ oauth, now: () => time });
    const metadata = await createClient(AuthMetadataService, withHeader(url)).getOAuth2Metadata({});
    const ask = (secret: string, grant = "client_credentials", encoded = encodeURIComponent(secret)) =>
      fetch(metadata.tokenEndpoint, {
        method: "POST",
        headers: { authorization: `Basic ${Buffer.from(`robot:${encoded}`).toString("base64")}` },
        body: new URLSearchParams({ grant_type: grant }),
      });
    expect([(await ask("wrong")).status, (await ask("a b&c", "password")).status]).toEqual([401, 400]);
    expect((await ask("a b&c", "client_credentials", "a+b%26c")).status).toBe(200);
    const issued: { access_token: string; expires_in: number } = JSON.parse(await (await ask("a b&c")).text());
    expect(issued.expires_in).toBe(60);
    const bearer = withHeader(url, `Bearer ${issued.access_token}`);
    expect(await outcomeOf(listNames(bearer))).toBe("ok");
    time += 60_000;
    expect(await outcomeOf(listNames(bearer))).toBe("Unauthenticated");
  });
});
