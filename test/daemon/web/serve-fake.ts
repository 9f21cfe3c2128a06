import { pino } from "pino";
import type { WebOptions } from "../../../src/daemon/web/access/web-options.ts";
import { createMetrics } from "../../../src/daemon/web/metrics/metrics.ts";
import { serveWeb } from "../../../src/daemon/web/serve-web.ts";
import type { HttpConfig, Role } from "../../../src/model/daemon/daemon-config.ts";
import { NOW } from "./build-targets.ts";
import type { FakeService } from "./fake-service.ts";

/** A token of each role, with who has it. */
export const TOKENS: Readonly<Record<Role, { readonly name: string; readonly secret: string }>> = {
  read: { name: "viewer", secret: "token-of-the-viewer-0123456789" },
  operate: { name: "operator", secret: "token-of-the-operator-012345678" },
  approve: { name: "approver", secret: "token-of-the-approver-012345678" },
};

/** The header that shows a token. */
export function bearer(role: Role): { readonly authorization: string } {
  return { authorization: `Bearer ${TOKENS[role].secret}` };
}

/** Options with all three tokens, a port of its own and a clock that stands still; log lines go to `lines`. */
export function optionsFor(
  http: Partial<HttpConfig> = {},
  rest: Partial<WebOptions> = {},
  lines: string[] = [],
): WebOptions {
  return {
    http: {
      host: "127.0.0.1",
      port: 0,
      public_url: null,
      hosts: [],
      read: "open",
      tokens: Object.entries(TOKENS).map(([role, { name }]) => ({ name, role: role as Role, secret: { env: name } })),
      trusted_proxies: [],
      requests_per_minute: 10_000,
      ...http,
    },
    readSecret: (reference) =>
      Object.values(TOKENS).find(({ name }) => "env" in reference && name === reference.env)?.secret ?? "",
    log: pino({ level: "trace" }, { write: (line: string) => void lines.push(line) }),
    metrics: createMetrics({ version: "1.2.3", now: () => NOW, processMetrics: false }),
    now: () => NOW,
    ...rest,
  };
}

/** A served service; close it when done. */
export async function serveFake(service: FakeService, http: Partial<HttpConfig> = {}, rest: Partial<WebOptions> = {}) {
  const lines: string[] = [];
  const serving = await serveWeb(service, optionsFor(http, rest, lines));
  return { ...serving, lines };
}
