import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ForgeServer } from "./forge-server.ts";
import { Troubles } from "./take-trouble.ts";

/** What a route gets. */
export interface Asked {
  readonly method: string;
  /** After the API's base, as it was sent: still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How one forge answers; nothing of it holds state. */
export interface ForgeManners {
  /** `/api/v4`. */
  readonly base: string;
  /** What the forge's clock shows, which each answer says. */
  readonly time: () => Date;
  readonly isAuthorized: (headers: IncomingMessage["headers"]) => boolean;
  readonly unauthorized: () => Answer;
  /** A refusal for coming too often. */
  readonly limited: (seconds: number) => Answer;
  /** Any other status, in the forge's words. */
  readonly refused: (status: number) => Answer;
  /** Undefined: the API has no such call, or the double does not know it. */
  readonly route: (asked: Asked) => Answer | undefined;
}

/** The part of a {@link ForgeServer} that is about HTTP alone. */
export type ServedForge = Pick<
  ForgeServer,
  "url" | "fault" | "hold" | "heal" | "limit" | "hideTime" | "revoke" | "calls" | "unknown" | "close"
>;

/** Serves a forge's API on a port of loopback (a free one unless it is given), with faults and limits by order, and keeps what was asked. */
export async function serveForge(manners: ForgeManners, port = 0): Promise<ServedForge> {
  const troubles = new Troubles();
  const calls: { method: string; path: string }[] = [];
  const unknown: string[] = [];
  let isRevoked = false;
  let isTimeHidden = false;
  const carryOut = (asked: Asked, headers: IncomingMessage["headers"]): Answer => {
    if (isRevoked || !manners.isAuthorized(headers)) return manners.unauthorized();
    const answer = manners.route(asked);
    if (answer === undefined) unknown.push(`${asked.method} ${asked.path}`);
    return answer ?? manners.refused(404);
  };
  const server = createServer(async (request, response) => {
    const asked = await readAsked(request, manners.base);
    response.sendDate = false;
    calls.push({ method: asked.method, path: request.url ?? "" });
    const what = troubles.take(`${asked.method} ${request.url}`);
    const write = (answer: Answer) => writeAnswer(response, answer, isTimeHidden ? null : manners.time());
    switch (what?.kind) {
      case undefined:
        return write(carryOut(asked, request.headers));
      case "status":
        return write(manners.refused(what.status));
      case "limit":
        return write(manners.limited(what.seconds));
      case "garbage":
        response.writeHead(200, { "content-type": "text/html" });
        return void response.end("<!doctype html><title>Sign in</title><p>Please sign in.</p>");
      case "cut_before":
        return void request.socket.destroy();
      case "cut_after":
        carryOut(asked, request.headers);
        return void request.socket.destroy();
      case "hold": {
        const { hold } = what;
        if (!hold.answer && !(await hold.wait(response))) return;
        const answer = carryOut(asked, request.headers);
        if (hold.answer) await hold.wait(response);
        return write(answer);
      }
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: (fault, which) => troubles.add(fault, which),
    hold: (which) => troubles.hold(which),
    heal: () => troubles.clear(),
    limit: (seconds, which) => troubles.add({ kind: "limit", seconds, burst: false }, which),
    hideTime: () => {
      isTimeHidden = true;
    },
    revoke: () => {
      isRevoked = true;
    },
    calls: () => [...calls],
    unknown: () => [...unknown],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readAsked(request: IncomingMessage, base: string): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  return {
    method: request.method ?? "GET",
    path: path.startsWith(`${base}/`) ? path.slice(base.length) : `(outside of ${base}) ${path}`,
    query: new URLSearchParams(query),
    body: text === "" ? {} : JSON.parse(text),
  };
}

function writeAnswer(response: ServerResponse, { status, body, headers = {} }: Answer, time: Date | null): void {
  if (response.destroyed) return;
  if (time !== null) response.setHeader("date", time.toUTCString());
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": isText ? "text/html" : "application/json", ...headers });
  response.end(body === undefined ? "" : isText ? body : JSON.stringify(body));
}

/** Sends a webhook; gives the status it was answered with. Redirects are not followed. */
export async function postWebhook(url: string, headers: Record<string, string>, body: string): Promise<number> {
  const answer = await fetch(url, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}
