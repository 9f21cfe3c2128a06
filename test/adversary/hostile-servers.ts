import type { IncomingMessage, ServerResponse } from "node:http";
import { create, toBinary } from "@bufbuild/protobuf";
import { onTestFinished } from "vitest";
import type { ForgeKind } from "../../src/model/daemon/forge-kind.ts";
import type { Forge } from "../../src/pull-requests/forge/forge.ts";
import { openForge } from "../../src/pull-requests/forge/open-forge.ts";
import { ListQueuesResponseSchema } from "../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { open as openControlPlane } from "../systems/control-plane/fixtures/open.ts";
import { open as openFlyteadmin } from "../systems/flyteadmin/fixtures/open.ts";

/** A server that poolkeeper calls, and how it is called. */
export interface CalledSystem {
  readonly name: string;
  /** What its answers are said to be. */
  readonly type: string;
  /** Reads a list from the server at that address, giving up after `timeoutMs`. */
  readonly list: (endpoint: string, timeoutMs: number) => Promise<readonly unknown[]>;
  /** A good page of the list, with or without another one behind it. */
  readonly page: (page: number, isLast: boolean, request: IncomingMessage) => HostilePage;
  /** Codes of the OperationalErrors that are right for a list without end, and for an answer without end. */
  readonly endless: string;
  readonly tooLarge: string;
  /** How many pages are read before that; `maxObjects` of the connections below is 10,000. */
  readonly mostPages: number;
}

/** What a server sends for a page. */
export interface HostilePage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

const TOKEN = "adversary-token-0123456789";
const MAX_OBJECTS = 10_000;

async function openForgeUntilEnd(kind: ForgeKind, url: string, timeoutMs: number): Promise<Forge> {
  const access = { kind: "token", token: () => TOKEN } as const;
  const forge = await openForge({ kind, url, repository: "acme/pools", access, timeoutMs, ca: null });
  onTestFinished(() => forge.close());
  return forge;
}

const comment = (id: number) => ({
  ...{ id, body: "hello", created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z", system: false },
  ...{ user: { login: "mallory" }, author: { username: "mallory" } },
});

const json = (value: unknown, headers: Readonly<Record<string, string>> = {}): HostilePage => ({
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(value),
});

/** The systems whose answers are lists in pages, each behind the client that the program has for it. */
export const CALLED_SYSTEMS: readonly CalledSystem[] = [
  {
    name: "a control plane",
    type: "application/proto",
    list: (endpoint, timeoutMs) =>
      openControlPlane({ endpoint, timeoutMs, maxObjects: MAX_OBJECTS }, { retries: 0 }).reader.listQueues("live"),
    page: (page, isLast) => ({
      headers: { "content-type": "application/proto" },
      body: toBinary(
        ListQueuesResponseSchema,
        create(ListQueuesResponseSchema, { queues: [], token: isLast ? "" : `page-${page}` }),
      ),
    }),
    endless: "list_too_long",
    tooLarge: "answer_too_large",
    mostPages: 100,
  },
  {
    name: "flyteadmin",
    type: "application/json",
    list: (endpoint, timeoutMs) =>
      openFlyteadmin({ endpoint, timeoutMs, maxObjects: MAX_OBJECTS }, { retries: 0 }).reader.listProjects(),
    page: (page, isLast) => json({ projects: [], token: isLast ? "" : `page-${page}` }),
    endless: "list_too_long",
    tooLarge: "answer_too_large",
    mostPages: 100,
  },
  {
    name: "GitHub",
    type: "application/json",
    list: async (endpoint, timeoutMs) => (await openForgeUntilEnd("github", endpoint, timeoutMs)).listComments(1),
    page: (page, isLast, { headers: { host }, url }) =>
      json([comment(page)], isLast ? {} : { link: `<http://${host}${url}>; rel="next"` }),
    endless: "forge_answer",
    tooLarge: "forge_answer",
    mostPages: 200,
  },
  {
    name: "GitLab",
    type: "application/json",
    list: async (endpoint, timeoutMs) => (await openForgeUntilEnd("gitlab", endpoint, timeoutMs)).listComments(1),
    page: (page, isLast) => json([comment(page)], isLast ? {} : { "x-next-page": String(page + 1) }),
    endless: "forge_answer",
    tooLarge: "forge_answer",
    mostPages: 200,
  },
  {
    name: "Gitea",
    type: "application/json",
    list: async (endpoint, timeoutMs) => (await openForgeUntilEnd("gitea", endpoint, timeoutMs)).listOpen("main"),
    page: (page, isLast) => json(isLast ? [] : [request(page)]),
    endless: "forge_answer",
    tooLarge: "forge_answer",
    mostPages: 200,
  },
];

function request(number: number) {
  return {
    ...{ number, title: "t", html_url: "http://x", state: "open", merged: false, draft: false, labels: [] },
    ...{ user: { login: "mallory" }, created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z" },
    head: { sha: "a".repeat(40), ref: "b", label: "b", repo: {}, repo_id: 1 },
    base: { ref: "main", repo_id: 1 },
  };
}

/** Writes a body for as long as somebody reads it, and gives how many bytes were taken once nobody does. */
export function pourInto(response: ServerResponse, chunk: Buffer): Promise<number> {
  return new Promise((resolve) => {
    let taken = 0;
    const pour = () => {
      // What is written beyond what the other side reads stays in this process.
      while (!response.destroyed && response.write(chunk)) taken += chunk.length;
      taken += chunk.length;
    };
    response.on("drain", pour);
    response.on("close", () => resolve(taken));
    pour();
  });
}
