/**
 * The attacker runs, or sits before, a server that poolkeeper was told to call: a control plane, a flyteadmin, a forge. It answers
 * whatever it likes, for as long as it likes. What it may get is an error; never memory, never time, never what is another server's.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import {
  ListQueuesResponseSchema,
  WatchOneQueueMetricsResponseSchema,
} from "../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { createFailure } from "../../src/systems/http/create-failure.ts";
import { answered } from "../../src/systems/http/describe-failures.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { redactText } from "../set-up/redact-text.ts";
import { failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { open } from "../systems/control-plane/fixtures/open.ts";
import { serve } from "../systems/control-plane/fixtures/serve.ts";
import { CALLED_SYSTEMS, pourInto } from "./hostile-servers.ts";

const MIB = 1024 * 1024;

/** Serves until the test ends; the request is read first, so that writes do not wait for it. */
async function answering(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<string> {
  const port = await serve((request, response) => {
    request.resume().on("end", () => answer(response, request));
  });
  return `http://127.0.0.1:${port}`;
}

describe.each(CALLED_SYSTEMS)("$name", (system) => {
  test("that always has another page is left after as many pages as there may be", async () => {
    let pages = 0;
    const endpoint = await answering((response, request) => {
      // Whose comments are the daemon's own is asked for once.
      if (request.url?.endsWith("/user") !== true) pages += 1;
      const { headers, body } = system.page(pages, false, request);
      response.writeHead(200, headers).end(body);
    });
    const failure = await failureOf(system.list(endpoint, PATIENCE_MS));
    expect(failure).toMatchObject({ code: system.endless, next: "stop" });
    expect(failure.message).toContain(`more than ${system.mostPages} pages`);
    expect(pages).toBe(system.mostPages + 1);
  });

  test("whose answer never ends is cut off, and what came is not kept", async () => {
    const taken: Promise<number>[] = [];
    const endpoint = await answering((response) => {
      response.writeHead(200, { "content-type": system.type });
      taken.push(pourInto(response, Buffer.alloc(MIB, 0x20)));
    });
    expect(await failureOf(system.list(endpoint, PATIENCE_MS))).toMatchObject({ code: system.tooLarge });
    for (const bytes of await Promise.all(taken)) expect(bytes).toBeLessThan(80 * MIB);
    // A list is asked for in smaller pages twice.
    expect(taken.length).toBeLessThanOrEqual(3);
  });

  test("whose error is 20 MB of hexadecimal digits gets a short message, and most of it is not read", async () => {
    const taken: Promise<number>[] = [];
    const endpoint = await answering((response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.write('{"code":"invalid_argument","message":"');
      taken.push(pourInto(response, Buffer.alloc(MIB, 0x41)));
    });
    const failure = await failureOf(system.list(endpoint, PATIENCE_MS));
    expect(failure.message.length).toBeLessThan(9_000);
    for (const bytes of await Promise.all(taken)) expect(bytes).toBeLessThan(8 * MIB);
    // A forge is asked who the daemon is, too.
    expect(taken.length).toBeOneOf([1, 2]);
  });

  test("that sends a letter now and then is left when the time of the call is over", async () => {
    const endpoint = await answering((response) => {
      response.writeHead(200, { "content-type": system.type });
      const dripping = setInterval(() => response.write(" "), 5);
      response.on("close", () => clearInterval(dripping));
    });
    const failure = await failureOf(system.list(endpoint, 300));
    expect(["timeout", "forge_unreachable"]).toContain(failure.code);
  });

  test.each([301, 302, 303, 307, 308])("that leads elsewhere (%i) leads nowhere", async (status) => {
    let reached = 0;
    const elsewhere = await answering((response) => {
      reached += 1;
      response.writeHead(200).end("{}");
    });
    const endpoint = await answering((response) => {
      response.writeHead(status, { location: `${elsewhere}/stolen` }).end();
    });
    expect(["bad_answer", "forge_answer"]).toContain((await failureOf(system.list(endpoint, PATIENCE_MS))).code);
    expect(reached).toBe(0);
  });

  test("that packs a bomb is refused before it is unpacked", async () => {
    const bomb = gzipSync(Buffer.alloc(256 * MIB, 0x20));
    const endpoint = await answering((response) => {
      response.writeHead(200, { "content-type": system.type, "content-encoding": "gzip" }).end(bomb);
    });
    const { code } = await failureOf(system.list(endpoint, PATIENCE_MS));
    expect([system.tooLarge, "bad_answer"]).toContain(code);
  });
});

describe("a control plane", () => {
  test("whose objects carry books of text is left before they fill the memory", async () => {
    let pages = 0;
    const endpoint = await answering((response) => {
      pages += 1;
      const id = { organization: "acme", name: `q-${pages}` };
      const queues = [{ id, spec: { clusters: ["x".repeat(MIB)] } }];
      const page = create(ListQueuesResponseSchema, { queues, token: `page-${pages}` });
      response.writeHead(200, { "content-type": "application/proto" }).end(toBinary(ListQueuesResponseSchema, page));
    });
    const { reader } = open({ endpoint, maxObjects: 10_000 }, { retries: 0 });
    const failure = await failureOf(reader.listQueues("live"));
    expect(failure).toMatchObject({ code: "list_too_long" });
    expect(failure.message).toContain("characters of text");
    expect(pages).toBeLessThan(7);
  });

  test.each([
    ["the token that it was asked with", () => "again", 2],
    ["a token of a megabyte", (page: number) => "x".repeat(MIB) + page, 1],
  ])("that gives %s is left at once", async (_, tokenOf, asked) => {
    let pages = 0;
    const endpoint = await answering((response) => {
      pages += 1;
      const page = create(ListQueuesResponseSchema, { queues: [], token: tokenOf(pages) });
      response.writeHead(200, { "content-type": "application/proto" }).end(toBinary(ListQueuesResponseSchema, page));
    });
    const failure = await failureOf(open({ endpoint }, { retries: 0 }).reader.listQueues("live"));
    expect(failure).toMatchObject({ code: "paging_broken", next: "stop" });
    expect(failure.message.length).toBeLessThan(1_000);
    expect(pages).toBe(asked);
  });

  test("spends the budget of a pass over all lists together", async () => {
    let pages = 0;
    const endpoint = await answering((response) => {
      pages += 1;
      const isLast = pages % 90 === 0;
      const page = create(ListQueuesResponseSchema, { queues: [], token: isLast ? "" : `page-${pages}` });
      response.writeHead(200, { "content-type": "application/proto" }).end(toBinary(ListQueuesResponseSchema, page));
    });
    const reader = open({ endpoint, maxObjects: 10_000 }, { retries: 0 }).readerUntil(new AbortController().signal);
    const ends: string[] = [];
    for (let list = 0; list < 5; list += 1) {
      ends.push(
        await reader.listQueues("live").then(
          () => "read",
          ({ code }) => code,
        ),
      );
    }
    expect(ends).toEqual(["read", "read", "read", "read", "list_too_long"]);
  });

  test("that tells of queues that nobody asked about fills no memory with them", async () => {
    const endpoint = await answering((response) => {
      response.writeHead(200, { "content-type": "application/connect+proto" });
      for (const name of ["other-1", "other-2", "asked"]) {
        const message = create(WatchOneQueueMetricsResponseSchema, { metrics: { id: { organization: "acme", name } } });
        response.write(envelope(toBinary(WatchOneQueueMetricsResponseSchema, message)));
      }
    });
    const { reader } = open({ endpoint }, { retries: 0, detectGeneration: async () => "2026-07" });
    const found = await reader.readInFlight([{ name: "asked", pool: "p" }]);
    expect([...found.keys()].filter((name) => name !== "asked")).toEqual([]);
  });

  test("whose token endpoint answers without end gets no memory for it", async () => {
    let taken: Promise<number> | undefined;
    const endpoint = await answering((response, { url }) => {
      if (url === "/token") {
        response.writeHead(200, { "content-type": "application/json" });
        taken ??= pourInto(response, Buffer.alloc(MIB, 0x20));
      } else if (url?.endsWith("GetOAuth2Metadata")) {
        const field = Buffer.from(`${endpoint}/token`);
        // Field 3, token_endpoint, as it is on the wire.
        const body = Buffer.concat([Buffer.from([0x1a, field.length]), field]);
        response.writeHead(200, { "content-type": "application/proto" }).end(body);
      } else response.writeHead(200, { "content-type": "application/proto" }).end();
    });
    const { Secret } = await import("../../src/systems/http/secret.ts");
    const credentials = { kind: "client_credentials", clientId: "id", clientSecret: new Secret("secret") } as const;
    const failure = await failureOf(open({ endpoint, credentials }, { retries: 0 }).reader.listQueues("live"));
    expect(failure.code).toBe("token_bad_answer");
    expect(await taken).toBeLessThan(8 * MIB);
  });
});

describe("a long error", () => {
  const call = { call: "GET /", server: "The server", endpoint: "http://x", write: false };
  const told = (words: string, secrets: readonly string[] = []) =>
    createFailure(
      "internal",
      answered("retry", false, "failed", "Try again."),
      { ...call, redact: (text) => redactText(text, secrets) },
      { words, maybeSent: true },
    ).message;

  test("is cut, and says how long it was", () => {
    const message = told("f".repeat(100_000));
    expect(message).toContain("(cut: 100000 characters)");
    expect(message.length).toBeLessThan(8_200);
  });

  test("shows no half of a secret where it is cut, wherever that is", () => {
    const secret = "s3cr3t-0123456789abcdef";
    for (let before = 7_900; before < 16_100; before += 7) {
      expect(told(`${"-".repeat(before)}${secret}${"-".repeat(20_000)}`, [secret])).not.toContain("s3cr");
    }
  });
});

function envelope(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
