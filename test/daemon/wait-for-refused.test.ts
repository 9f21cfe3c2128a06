import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { homeIn } from "../cli/run-program.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

/** Passes requests on to a daemon; those that read wait for what is done in between. */
async function startRelay(url: string, before: () => Promise<unknown>): Promise<string> {
  const server = createServer(async (request, response) => {
    if (request.method === "GET") await before();
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const headers = { authorization: String(request.headers.authorization), "content-type": "application/json" };
    const body = parts.length === 0 ? {} : { body: Buffer.concat(parts) };
    const answer = await fetch(`${url}${request.url}`, { method: request.method ?? "GET", headers, ...body });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
  onTestFinished(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a revision that is refused is told to who waits for it, though another pass has ended since", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start();
  await daemon.untilApplied(world.first);
  const server = await startRelay(daemon.url, async () => {
    await daemon.reconciled();
    await daemon.reconciled();
  });
  const env = { ...homeIn(world.folder), POOLKEEPER_SERVER: server, POOLKEEPER_SERVER_TOKEN: TOKENS.operate };
  const missing = "1".repeat(40);
  const { code, stdout } = await runInProcess(
    ["reconcile", "prod", "--revision", missing, "--wait"],
    env,
    world.folder,
  );
  expect(stdout).toMatch(new RegExp(missing.slice(0, 12)));
  expect(code).toBe(1);
});
