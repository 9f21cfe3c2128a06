/**
 * The attacker runs, or sits before, a server that poolkeeper was told to call. What it sends without end is no body, whose bytes are counted where
 * they are read: answers before the answer, the words of a status, what may stand beside the length of a chunk, empty lines. All of it is parsed at full
 * speed, in the process that looks after others too.
 */
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { listenOn } from "../systems/control-plane/fixtures/serve.ts";
import { CALLED_SYSTEMS } from "./hostile-servers.ts";

const MIB = 1024 * 1024;

/** What comes first, and what comes after that without end. */
const FLOODS: Readonly<Record<string, (type: string) => readonly [first: string, rest: string]>> = {
  "early hints": () => ["", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(1_500)],
  "words of a status": () => ["HTTP/1.1 200 ", "a".repeat(65_536)],
  "words beside the length of a chunk": (type) => [
    `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n1;`,
    "a".repeat(65_536),
  ],
  "empty lines": () => ["", "\r\n".repeat(30_000)],
};

/** A server that pours that into each connection for as long as it is read; `taken`: how many bytes of each were. */
async function flood([first, rest]: readonly [string, string]) {
  const taken: Promise<number>[] = [];
  const server = createServer((socket) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    taken.push(promise);
    socket.on("error", () => undefined).on("close", () => resolve(socket.bytesWritten));
    socket.once("data", () => {
      const pour = () => {
        while (!socket.destroyed && socket.write(rest));
      };
      socket.on("drain", pour).write(first);
      pour();
    });
  });
  return { endpoint: `http://127.0.0.1:${await listenOn(server)}`, taken };
}

describe.each(CALLED_SYSTEMS)("$name", ({ list, tooLarge, type }) => {
  test.each(Object.entries(FLOODS))("that sends %s without end is cut off", async (_what, bytes) => {
    const { endpoint, taken } = await flood(bytes(type));
    const { code } = await failureOf(list(endpoint, PATIENCE_MS));
    expect(code).toBe(tooLarge);
    for (const count of await Promise.all(taken)) expect(count).toBeLessThan(80 * MIB);
  });
});
