import { Agent } from "undici";
import { onTestFinished } from "vitest";
import { openDaemon } from "../../src/cli/daemon-client/open-daemon.ts";
import { createLog } from "../../src/daemon/logging/create-log.ts";
import { createSender } from "../../src/daemon/notify/create-sender.ts";
import type { ForgeKind } from "../../src/model/daemon/forge-kind.ts";
import { openForge } from "../../src/pull-requests/forge/open-forge.ts";
import { rememberSecret } from "../../src/systems/http/known-secrets.ts";
import { Secret } from "../../src/systems/http/secret.ts";
import { openOutbox } from "../daemon/notify/open-outbox.ts";
import { openSourceWorld } from "../reconcile/source/source-world.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { everythingOf } from "../systems/control-plane/fixtures/failure.ts";
import { makeConnection, open as openControlPlane } from "../systems/control-plane/fixtures/open.ts";
import { serve } from "../systems/control-plane/fixtures/serve.ts";
import { serveGuarded } from "../systems/control-plane/fixtures/serve-guarded.ts";
import { open as openFlyteadmin } from "../systems/flyteadmin/fixtures/open.ts";

/** A system that poolkeeper sends a secret to. */
export interface EchoingSystem {
  readonly name: string;
  /** With whom the secret is sent by HTTP Basic. */
  readonly user?: string;
  /** How often a property is tried: a call of git takes a process. */
  readonly runs: number;
  /** Serves it until the running test ends. What a call puts out whose every answer is a refusal with those words: */
  readonly start: () => Promise<(secret: string, words: string) => Promise<string>>;
}

/** The port of a server that refuses everything with what `write` makes of the words that are set. */
async function serveRefusal(status: number, type: string, write: (words: string) => string) {
  const state = { words: "" };
  const port = await serve((_request, response) => {
    response.writeHead(status, { "content-type": type }).end(write(state.words));
  });
  return { state, url: `http://127.0.0.1:${port}` };
}

/** All that a log could show of what a call ended with. */
async function outputOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    (value) => {
      throw new Error(`it was not refused: ${JSON.stringify(value)}`);
    },
    (error: Error) => everythingOf(error),
  );
}

const json = (write: (words: string) => unknown) => (words: string) => JSON.stringify(write(words));

function forge(kind: ForgeKind, write: (words: string) => unknown): EchoingSystem {
  return {
    ...{ name: kind, runs: 40 },
    start: async () => {
      const { state, url } = await serveRefusal(403, "application/json", json(write));
      return async (secret, words) => {
        state.words = words;
        rememberSecret(`the token of ${kind}`, secret);
        const access = { kind: "token", token: () => secret } as const;
        const common = { kind, url, repository: "acme/pools", access, timeoutMs: PATIENCE_MS, ca: null };
        const opened = await openForge(common);
        return outputOf(opened.readSelf()).finally(() => opened.close());
      };
    },
  };
}

/** Every client that sends a secret, with a server that repeats it. */
export const ECHOING_SYSTEMS: readonly EchoingSystem[] = [
  {
    ...{ name: "a control plane", runs: 60 },
    start: async () => {
      const { state, url } = await serveRefusal(
        403,
        "application/json",
        json((message) => ({ code: "permission_denied", message })),
      );
      return async (secret, words) => {
        state.words = words;
        const credentials = { kind: "token", token: new Secret(secret) } as const;
        return outputOf(openControlPlane({ endpoint: url, credentials }, { retries: 0 }).reader.getQueue("q"));
      };
    },
  },
  {
    ...{ name: "a token endpoint", user: "robot-7", runs: 60 },
    start: async () => {
      const guarded = await serveGuarded();
      return async (secret, words) => {
        guarded.answerToken = (response) =>
          void response.writeHead(401).end(JSON.stringify({ error: "invalid_client", error_description: words }));
        const credentials = {
          kind: "client_credentials",
          clientId: "robot-7",
          clientSecret: new Secret(secret),
        } as const;
        const { endpoint } = guarded;
        return outputOf(openControlPlane({ endpoint, credentials }, { retries: 0 }).reader.getQueue("q"));
      };
    },
  },
  {
    ...{ name: "flyteadmin", runs: 60 },
    start: async () => {
      const { state, url } = await serveRefusal(
        403,
        "application/json",
        json((message) => ({ code: 7, message, error: message })),
      );
      return async (secret, words) => {
        state.words = words;
        const { reader } = openFlyteadmin({ endpoint: url, token: new Secret(secret) }, { retries: 0 });
        return outputOf(reader.listProjects());
      };
    },
  },
  {
    ...{ name: "a daemon", runs: 60 },
    start: async () => {
      const { state, url } = await serveRefusal(
        403,
        "application/json",
        json((message) => ({ error: { code: "not_allowed", message } })),
      );
      return async (secret, words) => {
        state.words = words;
        const connection = makeConnection({ endpoint: url });
        const daemon = openDaemon({ ...connection, token: new Secret(secret) });
        return outputOf(daemon.listTargets()).finally(() => daemon.close());
      };
    },
  },
  forge("gitea", (message) => ({ message })),
  forge("gitlab", (words) => ({ message: { base: [words] } })),
  forge("github", (message) => ({ message })),
  {
    ...{ name: "a git server", user: "oauth2", runs: 8 },
    start: async () => {
      const { state, url } = await serveRefusal(403, "text/plain", (words) => words);
      const world = openSourceWorld();
      return async (secret, words) => {
        state.words = words;
        process.env.ECHOED_TOKEN = secret;
        const config = { url: `${url}/config.git`, username: "oauth2", token: { env: "ECHOED_TOKEN" } };
        const source = await world.open(config);
        return outputOf(source.fetch());
      };
    },
  },
  {
    ...{ name: "a receiver of notifications", user: "hook", runs: 60 },
    start: async () => {
      const { state, url } = await serveRefusal(400, "text/plain", (words) => words);
      const http = new Agent();
      onTestFinished(() => http.destroy());
      return async (secret, words) => {
        state.words = words;
        const code = encodeURIComponent(secret);
        const address = `${url.replace("//", `//hook:${code}@`)}/services/T000/${code}/?sig=${code}&v=1`;
        return post(address, http);
      };
    },
  },
];

/** What a sender logs of one message to an address. */
async function post(address: string, http: Agent): Promise<string> {
  const [lines, records] = [[] as string[], openOutbox()];
  const receiver = { name: "audit", type: "webhook", url: { env: "URL" }, secret: null } as const;
  const entry = { id: "1", receiver: "audit", key: "k", body: "{}", created_at: "", attempts: 0 };
  await records.addOutbox([{ ...entry, due_at: await records.now() }]);
  const sender = createSender({
    ...{ records, http, readSecret: () => address, listUnsealed: async () => [] },
    notifications: () => [{ ...receiver, events: [], targets: [], template: null }],
    clock: { now: () => 0, sleep: async () => undefined },
    log: createLog({ level: "debug", destination: { write: (line) => void lines.push(line) } }),
  });
  await sender.sendDue(new AbortController().signal);
  return lines.join("");
}
