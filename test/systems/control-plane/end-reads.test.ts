import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { failureOf } from "./fixtures/failure.ts";
import { open } from "./fixtures/open.ts";
import { serve } from "./fixtures/serve.ts";

/** A server that takes calls and says nothing, and the calls that it took. */
async function openMute() {
  const calls: IncomingMessage[] = [];
  const { promise: called, resolve } = Promise.withResolvers<void>();
  const port = await serve((request) => {
    calls.push(request.resume());
    resolve();
  });
  return { calls, called, endpoint: `http://127.0.0.1:${port}` };
}

test("a read ends with its signal, and so does its connection; the others go on", async () => {
  const { calls, called, endpoint } = await openMute();
  const { reader, readerUntil, close } = open({ endpoint });
  const ending = new AbortController();
  const ended = failureOf(readerUntil(ending.signal).getSettings({ domain: null, project: null }));
  await called;
  const isCut = once(calls[0]?.socket ?? process, "close");
  const other = reader.getSettings({ domain: null, project: null });
  ending.abort();
  expect(await ended).toMatchObject({ code: "ended_early", next: "retry" });
  await isCut;
  await expect.poll(() => calls.length).toBe(2);
  expect(calls[1]?.socket.destroyed).toBe(false);
  await Promise.all([failureOf(other), close()]);
});

test("a read that waits for its next try ends with its signal, and none is begun afterwards", async () => {
  const refused = Promise.withResolvers<void>();
  const port = await serve((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(503).end();
      refused.resolve();
    });
  });
  const { readerUntil } = open({ endpoint: `http://127.0.0.1:${port}` }, { delayMs: () => 3_600_000 });
  const ending = new AbortController();
  const reader = readerUntil(ending.signal);
  const ended = failureOf(reader.listQueues("live"));
  await refused.promise;
  ending.abort();
  expect(await ended).toMatchObject({ code: "ended_early" });
  expect(await failureOf(reader.listPools("live"))).toMatchObject({ code: "ended_early" });
});
