import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openGithub } from "../../../src/pull-requests/forge/github.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import { failureOf } from "./await-failure.ts";

const CERTIFICATE = join(import.meta.dirname, "..", "..", "embedded", "certificate");
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

function read(name: string): string {
  return readFileSync(join(CERTIFICATE, name), "utf8");
}

/** An Enterprise Server with a certificate of its own authority, that only knows who calls. */
async function begin(ca: string | null) {
  const server = createServer({ cert: read("cert.pem"), key: read("key.pem") }, (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end('{"login":"poolkeeper-bot"}');
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const access = { kind: "token", token: () => "github_pat_11AAAAAA0_contract" } as const;
  const forge = openGithub({ kind: "github", url, repository: "acme/pools", access, timeoutMs: PATIENCE_MS, ca });
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  opened.push(forge, { close });
  return forge;
}

test("a server is trusted by its authority's certificate", async () => {
  const forge = await begin(read("ca.pem"));
  expect(await forge.readSelf()).toBe("poolkeeper-bot");
});

test("a server of an unknown authority is not spoken to, and what to give is said", async () => {
  const error = await failureOf((await begin(null)).readSelf());
  expect(error).toMatchObject({ code: "forge_unreachable", next: "stop" });
  expect(error.message).toContain("PEM");
});
