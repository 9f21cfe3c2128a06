import { readFileSync } from "node:fs";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { bindToken } from "../../systems/http/bind-token.ts";
import { parseEndpoint } from "../../systems/http/parse-endpoint.ts";
import { Secret } from "../../systems/http/secret.ts";
import {
  type Environment,
  type Found,
  findFirst,
  readTransportSettings,
  type TransportFlags,
} from "../../systems/http/transport-settings.ts";
import type { DaemonConnection } from "./daemon-connection.ts";

/** What the command line says about the daemon; what is left out comes from the environment. */
export interface ServerFlags extends TransportFlags {
  readonly server?: string | undefined;
  readonly serverToken?: string | undefined;
  readonly serverTokenFile?: string | undefined;
}

/** Where a daemon listens by default. */
export const DEFAULT_SERVER = "http://127.0.0.1:8090";

/**
 * Finds the connection to a running daemon: flags, then `POOLKEEPER_SERVER*`, then this machine. Of token and token file, the one
 * that is nearer to the command line counts; that of the environment goes only to the server that the environment names. Throws an
 * OperationalError: `endpoint_invalid`, `endpoint_insecure`, `token_elsewhere`, `token_unreadable`.
 */
export function resolveServer(flags: ServerFlags, env: Environment): DaemonConnection {
  const variable = findFirst(["POOLKEEPER_SERVER", env.POOLKEEPER_SERVER]);
  const named = findFirst(["--server", flags.server]) ?? variable ?? { value: DEFAULT_SERVER, source: "the default" };
  const transport = readTransportSettings(flags, env);
  const { insecure } = transport;
  const endpoint = { ...named, value: parseEndpoint(named.value, { insecure, source: named.source }) };
  const flag =
    findFirst(["--server-token", flags.serverToken]) ?? readTokenFile("--server-token-file", flags.serverTokenFile);
  const environment = flag === undefined ? findEnvironmentToken(env) : undefined;
  const token = bindToken(flag, { token: environment, endpoint: variable, insecure }, endpoint);
  return { ...transport, endpoint: endpoint.value, token: token === undefined ? null : new Secret(token.value) };
}

function findEnvironmentToken(env: Environment): Found | undefined {
  return (
    findFirst(["POOLKEEPER_SERVER_TOKEN", env.POOLKEEPER_SERVER_TOKEN]) ??
    readTokenFile("POOLKEEPER_SERVER_TOKEN_FILE", env.POOLKEEPER_SERVER_TOKEN_FILE)
  );
}

function readTokenFile(source: string, file: string | undefined): Found | undefined {
  if (file === undefined || file.trim() === "") return undefined;
  const found = findFirst([source, readText(source, file)]);
  if (found === undefined) throw unreadable(source, file, "it is empty");
  return found;
}

function readText(source: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw unreadable(
      source,
      file,
      cause instanceof Error && "code" in cause ? String(cause.code) : String(cause),
      cause,
    );
  }
}

function unreadable(source: string, file: string, reason: string, cause?: unknown): OperationalError {
  const message = `The token file ${file} (${source}) can't be used: ${reason}. Name a file that holds the token and nothing else.`;
  return new OperationalError("token_unreadable", message, { next: "stop", cause });
}
