/**
 * The attacker has the systems of one target. They answer within every limit of bytes and pages, and what they say takes a hundred times as much memory
 * once it is read: empty values, and lists without end. The daemon looks after others, too.
 */
import type { ServerResponse } from "node:http";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import {
  ListQueuesRequestSchema,
  ListQueuesResponseSchema,
} from "../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { startProcess } from "../daemon/start-process.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { serve } from "../systems/control-plane/fixtures/serve.ts";
import { CALLED_SYSTEMS } from "./hostile-servers.ts";

const MIB = 1024 * 1024;
/** A queue without anything: its tag and its length. */
const EMPTY_QUEUE = Buffer.from([0x0a, 0]);

function emptyQueues(bytes: number): Buffer {
  return Buffer.alloc(bytes, EMPTY_QUEUE);
}

/** An endpoint that answers some calls like that, and all others as the upstream does. */
async function serveBefore(
  upstream: string,
  answers: Readonly<Record<string, (response: ServerResponse, body: Buffer) => void>>,
): Promise<string> {
  const port = await serve(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { url = "", method = "", headers } = request;
    const own = Object.entries(answers).find(([path]) => url.includes(path));
    if (own !== undefined) return own[1](response, body);
    const type = headers["content-type"];
    const answer = await fetch(`${upstream}${url}`, {
      method,
      headers: type === undefined ? {} : { "content-type": type, "connect-protocol-version": "1" },
      ...(method === "GET" ? {} : { body }),
    }).catch(() => null);
    if (answer === null) return response.destroy();
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    return response.end(Buffer.from(await answer.arrayBuffer()));
  });
  return `http://127.0.0.1:${port}`;
}

/** A thousand queues on each of a thousand pages. */
function listWithoutEnd(response: ServerResponse, body: Buffer): void {
  const page = Number(fromBinary(ListQueuesRequestSchema, body).request?.token || 0) + 1;
  const queues = Array.from({ length: 1000 }, (_, index) => ({
    id: { organization: "acme", name: `q${page}-${index}` },
    spec: {
      clusterPoolName: "pa",
      clusters: ["*"],
      runConcurrency: 1,
      actionConcurrency: 1,
      priority: 50,
      fairness: 1,
    },
    status: { state: 1 },
  }));
  const token = page === 1000 ? "" : `${page}`;
  const answer = toBinary(ListQueuesResponseSchema, create(ListQueuesResponseSchema, { queues, token }));
  response.writeHead(200, { "content-type": "application/proto" }).end(answer);
}

test("a daemon with the memory of the unit outlives control planes and a flyteadmin that swell, and its other target is synced", async () => {
  const world = await openDaemonWorld();
  const { url } = world.served;
  const swollen = {
    empty: await serveBefore(url, {
      ListQueues: (response) =>
        response.writeHead(200, { "content-type": "application/proto" }).end(emptyQueues(16 * MIB - 2)),
    }),
    rows: await serveBefore(url, {
      matchable_attributes: (response) =>
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(`{"configurations":[{}${",{}".repeat(21 * MIB)}]}`),
    }),
    many: await serveBefore(url, { ListQueues: listWithoutEnd }),
  };
  const [usual] = JSON.parse(world.describe()).targets;
  const { webhook: _own, ...repository } = usual.repository;
  const targets = Object.entries(swollen).map(([name, endpoint]) => ({
    ...{ ...usual, name, repository },
    control_plane: { ...usual.control_plane, endpoint, ...(name === "rows" ? { flyteadmin: { endpoint } } : {}) },
  }));
  Object.assign(world.env, { NODE_OPTIONS: "--max-old-space-size=676" });
  const daemon = await startProcess(world, world.write({ file: { targets: [usual, ...targets] } }));
  await daemon.untilApplied(world.first);
  for (const [name, code] of Object.entries({
    empty: "answer_too_large",
    rows: "answer_too_large",
    many: "list_too_long",
  })) {
    const { last_pass } = await daemon.until(({ status }) => status.reason !== "NotLookedAt", name);
    expect(last_pass?.outcome).toMatchObject({ kind: "failed", code });
  }
  expect((await daemon.reconciled()).status.state).toBe("Synced");
});

describe.each(CALLED_SYSTEMS.filter(({ type }) => type === "application/json"))("$name", ({ list, tooLarge, type }) => {
  test.each([
    ["objects", "{}"],
    ["lists", "[]"],
    ["numbers", "0"],
    ["objects after a text that looks like its end", `"\\\\\\"",{}`],
  ])("that answers with millions of %s is refused before they are made", async (_, value) => {
    const port = await serve((request, response) => {
      const body = `[${value}${`,${value}`.repeat(3_000_000)}]`;
      request.resume().on("end", () => response.writeHead(200, { "content-type": type }).end(body));
    });
    const failure = await failureOf(list(`http://127.0.0.1:${port}`, PATIENCE_MS));
    expect(failure.code).toBe(tooLarge);
    expect(failure.message).toContain("too large");
  });
});
