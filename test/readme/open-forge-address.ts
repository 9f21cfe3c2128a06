import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A forge as people know it: one address for its repositories and for its API. */
export interface ForgeAddress {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
}

/** Puts a forge's API and the git server of its repositories under one address, until the test ends. */
export async function openForgeAddress(parts: { readonly api: string; readonly git: string }): Promise<ForgeAddress> {
  const server = createServer((request, response) => {
    const isGit = /^\/[^?]*\.git\//.test(request.url ?? "");
    passOn(request, response, new URL(request.url ?? "/", isGit ? parts.git : parts.api));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function passOn(request: IncomingMessage, response: ServerResponse, to: URL): void {
  const { method, headers } = request;
  const passed = send(to, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  passed.on("error", () => response.destroy());
  request.pipe(passed);
}
