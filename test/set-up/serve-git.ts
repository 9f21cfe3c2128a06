import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createGunzip } from "node:zlib";

const CERTIFICATE = join(import.meta.dirname, "..", "embedded", "certificate");

/** What the server does in place of answering as it should. */
export type Misbehaviour =
  /** An HTTP status, for example 401, 403, 404, 429, 500. */
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: "redirect"; readonly location: string }
  /** Takes requests and says nothing. */
  | { readonly kind: "silent" }
  /** Answers right, but packs stop after so many bytes, cut off or for ever. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  | { readonly kind: "stall"; readonly afterBytes: number }
  /** Bytes that are none of git's. */
  | { readonly kind: "garbage" }
  /** Packs with a byte changed. */
  | { readonly kind: "corrupt" };

export interface GitServerOptions {
  /** The folder with the bare repositories that are served. */
  readonly folder: string;
  /** Asked of everyone when given. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Whether it is https, by the tests' certificate for localhost. */
  readonly tls?: boolean;
}

/** A git server that speaks smart HTTP by `git http-backend`. */
export interface GitServer {
  /** `http://127.0.0.1:PORT/` or `https://localhost:PORT/`; repositories follow. */
  readonly url: string;
  /** The authority of its certificate, as `ca_file` wants it. */
  readonly caFile: string;
  /** Path and `Authorization` of each request so far. */
  readonly requests: readonly { readonly url: string; readonly authorization: string | undefined }[];
  /** Misbehaves from now on; null: as it should. */
  misbehave(how: Misbehaviour | null): void;
  /** Answers pushes by 403 from now on, or no longer. */
  forbidPush(isForbidden: boolean): void;
  close(): Promise<void>;
}

/** Serves repositories on loopback, read and write. */
export async function serveGit(options: GitServerOptions): Promise<GitServer> {
  const { tls = false } = options;
  const requests: { url: string; authorization: string | undefined }[] = [];
  let misbehaviour: Misbehaviour | null = null;
  let isPushForbidden = false;
  const listener: RequestListener = (request, response) => {
    requests.push({ url: request.url ?? "", authorization: request.headers.authorization });
    if (misbehaviour !== null && refuse(misbehaviour, response)) return;
    if (!isAllowed(request, options)) response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' }).end();
    else if (isPushForbidden && request.url?.includes("git-receive-pack")) response.writeHead(403).end();
    else runBackend(request, response, options.folder, misbehaviour);
  };
  const read = (name: string) => readFileSync(join(CERTIFICATE, name));
  const server = tls
    ? createSecureServer({ cert: read("cert.pem"), key: read("key.pem") }, listener)
    : createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: tls ? `https://localhost:${port}/` : `http://127.0.0.1:${port}/`,
    caFile: join(CERTIFICATE, "ca.pem"),
    requests,
    misbehave: (how) => {
      misbehaviour = how;
    },
    forbidPush: (isForbidden) => {
      isPushForbidden = isForbidden;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** True when that was the answer. */
function refuse(how: Misbehaviour, response: ServerResponse): boolean {
  switch (how.kind) {
    case "status":
      response.writeHead(how.status, how.headers).end();
      return true;
    case "redirect":
      response.writeHead(302, { Location: how.location }).end();
      return true;
    case "silent":
      return true;
    case "garbage":
      response
        .writeHead(200, { "Content-Type": "application/x-git-upload-pack-advertisement" })
        .end("<html>hello</html>");
      return true;
    case "cut":
    case "stall":
    case "corrupt":
      return false;
  }
}

function isAllowed({ headers }: IncomingMessage, { credentials }: GitServerOptions): boolean {
  if (credentials === undefined) return true;
  const { username, password } = credentials;
  return headers.authorization === `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function runBackend(
  request: IncomingMessage,
  response: ServerResponse,
  folder: string,
  how: Misbehaviour | null,
): void {
  const url = new URL(request.url ?? "/", "http://localhost");
  const backend = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "http.receivepack",
      GIT_CONFIG_VALUE_0: "true",
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      REMOTE_USER: "test",
      REMOTE_ADDR: "127.0.0.1",
    },
  });
  backend.stdin.on("error", () => undefined);
  const body = request.headers["content-encoding"] === "gzip" ? request.pipe(createGunzip()) : request;
  body.pipe(backend.stdin);
  response.on("close", () => backend.kill());
  const spoil = createSpoiler(url.pathname.endsWith("/git-upload-pack") ? how : null, response);
  let head = Buffer.alloc(0);
  backend.stdout.on("data", (chunk: Buffer) => {
    if (response.headersSent) return void spoil.pass(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    writeHead(response, head.toString("latin1", 0, end));
    spoil.pass(head.subarray(end + 4));
  });
  backend.stdout.on("end", () => {
    if (!spoil.isStalled()) response.end();
  });
}

function writeHead(response: ServerResponse, head: string): void {
  let status = 200;
  for (const line of head.split("\r\n")) {
    const [name = "", ...rest] = line.split(": ");
    if (name === "Status") status = Number.parseInt(rest.join(""), 10);
    else response.setHeader(name, rest.join(": "));
  }
  response.writeHead(status);
  response.flushHeaders();
}

/** Passes answers on, spoilt as it is told. */
function createSpoiler(how: Misbehaviour | null, response: ServerResponse) {
  let passed = 0;
  const limit = how?.kind === "cut" || how?.kind === "stall" ? how.afterBytes : Number.POSITIVE_INFINITY;
  return {
    isStalled: () => how?.kind === "stall" && passed > limit,
    pass: (chunk: Buffer) => {
      const before = passed;
      passed += chunk.length;
      response.write(how?.kind === "corrupt" ? spoilPack(chunk) : chunk.subarray(0, Math.max(0, limit - before)));
      if (how?.kind === "cut" && passed > limit) response.destroy();
    },
  };
}

function spoilPack(chunk: Buffer): Buffer {
  const pack = chunk.indexOf("PACK");
  return pack < 0 ? chunk : Buffer.from(chunk).fill(0x55, pack + 14, pack + 40);
}
