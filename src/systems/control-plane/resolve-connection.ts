import { OperationalError } from "../../model/errors/operational-error.ts";
import { bindToken, isBoundTo } from "../http/bind-token.ts";
import { parseEndpoint } from "../http/parse-endpoint.ts";
import { Secret } from "../http/secret.ts";
import {
  type Environment,
  type Found,
  findFirst,
  readTransportSettings,
  type TransportFlags,
} from "../http/transport-settings.ts";
import { chooseCredentials } from "./choose-credentials.ts";
import type { Connection, Credentials } from "./connection.ts";
import { parseApiKey } from "./parse-api-key.ts";
import { readConfigFile } from "./read-config-file.ts";

/** What the command line says about the connection; what is left out comes from elsewhere. */
export interface ConnectionFlags extends TransportFlags {
  readonly endpoint?: string | undefined;
  readonly org?: string | undefined;
  readonly token?: string | undefined;
}

/** Where connections are found. */
export interface ConnectionSources {
  readonly flags: ConnectionFlags;
  readonly env: Environment;
  readonly homeDir: string;
}

/** One place that may name a control plane; what it says besides the endpoint holds for that endpoint only. */
interface Source {
  readonly name: string;
  readonly endpoint: string | null;
  readonly org: string | null;
  readonly credentials: () => Credentials;
  readonly insecure: boolean;
  readonly skipVerify: boolean;
  readonly caFile: string | null;
}

/**
 * Finds the connection: flags, then `POOLKEEPER_*`, then `FLYTE_API_KEY`, then the users' flyte config file. Credentials go only to
 * the endpoint that they came with: those of a key or a file to its own, a token of the environment to the one that the environment
 * names, a token of a flag to the endpoint in use. Throws an OperationalError `endpoint_missing` or `org_missing` that names every way
 * to set it, `token_elsewhere`, or that of a source that cannot be used.
 */
export function resolveConnection({ flags, env, homeDir }: ConnectionSources): Connection {
  const transport = readTransportSettings(flags, env);
  const { insecure } = transport;
  const keys = readApiKeySource(env);
  const given = findTokens(flags, env, keys, insecure);
  const needsFile = [
    flags.endpoint || env.POOLKEEPER_ENDPOINT,
    flags.org || env.POOLKEEPER_ORG,
    (given.flag ?? given.environment.token)?.value,
    flags.caFile || env.POOLKEEPER_CA_FILE,
  ].includes(undefined);
  const sources = [...keys, ...readConfigSource(env, homeDir, needsFile)];
  const endpoint = findEndpoint(flags, env, sources, insecure);
  const own = sources.find((source) => sameEndpoint(source, endpoint.value));
  const hasOwn = given.flag === undefined && own !== undefined && !isBoundTo(given.environment, endpoint);
  const token = hasOwn ? undefined : bindToken(given.flag, given.environment, endpoint);
  const org = findFirst(["--org", flags.org], ["POOLKEEPER_ORG", env.POOLKEEPER_ORG], [own?.name, own?.org]);
  if (org === undefined) throw missing("org", "organization", "--org NAME", "POOLKEEPER_ORG", "task.org");
  return {
    ...transport,
    endpoint: endpoint.value,
    org: org.value,
    credentials: token ? { kind: "token", token: new Secret(token.value) } : (own?.credentials() ?? { kind: "none" }),
    caFile: transport.caFile ?? findFirst(["", own?.caFile])?.value ?? null,
    skipVerify: flags.insecureSkipVerify ?? (transport.skipVerify || own?.skipVerify === true),
    insecure: insecure || own?.insecure === true,
    sources: { endpoint: endpoint.source, org: org.source, credentials: token?.source ?? own?.name ?? "none" },
  };
}

/** Without an endpoint of its own, a token of the environment is one for the key's. */
function findTokens(flags: ConnectionFlags, env: Environment, [key]: readonly Source[], insecure: boolean) {
  return {
    flag: findFirst(["--token", flags.token]),
    environment: {
      token: findFirst(["POOLKEEPER_TOKEN", env.POOLKEEPER_TOKEN]),
      endpoint: findFirst(["POOLKEEPER_ENDPOINT", env.POOLKEEPER_ENDPOINT], [key?.name, key?.endpoint]),
      insecure,
    },
  };
}

function findEndpoint(flags: ConnectionFlags, env: Environment, sources: readonly Source[], insecure: boolean): Found {
  const explicit = findFirst(["--endpoint", flags.endpoint], ["POOLKEEPER_ENDPOINT", env.POOLKEEPER_ENDPOINT]);
  const origin = sources.find((source) => source.endpoint !== null);
  const found = explicit ?? findFirst([origin?.name, origin?.endpoint]);
  if (found === undefined) {
    throw missing("endpoint", "endpoint", "--endpoint URL", "POOLKEEPER_ENDPOINT", "admin.endpoint");
  }
  const allowed = insecure || (explicit === undefined && origin?.insecure === true);
  return { ...found, value: parseEndpoint(found.value, { insecure: allowed, source: found.source }) };
}

function sameEndpoint(source: Source, endpoint: string): boolean {
  if (source.endpoint === null) return false;
  try {
    return parseEndpoint(source.endpoint, { insecure: source.insecure, source: source.name }) === endpoint;
  } catch {
    // One that cannot be used is another one; it is reported where it is the one that counts.
    return false;
  }
}

function readApiKeySource(env: Environment): readonly Source[] {
  const text = env.FLYTE_API_KEY;
  if (text === undefined || text.trim() === "") return [];
  const { endpoint, org, clientId, clientSecret } = parseApiKey(text);
  const credentials = (): Credentials => ({ kind: "client_credentials", clientId, clientSecret });
  return [{ name: "FLYTE_API_KEY", endpoint, org, credentials, insecure: false, skipVerify: false, caFile: null }];
}

/** A broken file stops only those who need something from it. */
function readConfigSource(env: Environment, homeDir: string, isNeeded: boolean): readonly Source[] {
  const config = readConfig(env, homeDir, isNeeded);
  if (config === undefined) return [];
  return [{ ...config, name: config.file, credentials: () => chooseCredentials(config, env) }];
}

function readConfig(env: Environment, homeDir: string, isNeeded: boolean) {
  try {
    return readConfigFile(env, homeDir);
  } catch (error) {
    if (isNeeded || !(error instanceof OperationalError)) throw error;
    return undefined;
  }
}

function missing(
  code: "endpoint" | "org",
  what: string,
  flag: string,
  variable: string,
  key: string,
): OperationalError {
  return new OperationalError(
    `${code}_missing`,
    `No ${what} is set. Pass ${flag}, or set ${variable} or FLYTE_API_KEY, or ${key} in ~/.flyte/config.yaml ` +
      "(or ~/.union/config.yaml, or the file that UCTL_CONFIG or FLYTECTL_CONFIG names). A key or a file applies only to its own endpoint.",
    { next: "stop" },
  );
}
