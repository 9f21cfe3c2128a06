import { readFileSync } from "node:fs";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { Secret } from "../http/secret.ts";
import type { Credentials } from "./connection.ts";
import type { FlyteConfig } from "./read-config-file.ts";

const DEFAULT_SECRET_FILE = "/etc/secrets/client_secret";

/**
 * The credentials that a flyte config file asks for, by its `authType` in any spelling (`ClientSecret`, `client-secret`). With
 * `admin.insecure` there are none, as in the upstream client. Throws an OperationalError: `auth_type_unsupported` for a way
 * that needs a person (Pkce, the default, and DeviceFlow), `client_secret_missing` when the secret is not where it should be.
 */
export function chooseCredentials(config: FlyteConfig, env: Readonly<Record<string, string | undefined>>): Credentials {
  if (config.insecure) return { kind: "none" };
  const way = (config.authType ?? "pkce").toLowerCase().replace(/[-_]/g, "");
  if (way === "clientsecret" || way === "appcredential") return readClientSecret(config, env);
  if ((way === "externalcommand" || way === "command") && config.command !== null) {
    return { kind: "command", command: config.command };
  }
  throw new OperationalError(
    "auth_type_unsupported",
    `${config.file} sets authType ${config.authType ?? "Pkce (the default)"}, which ${describe(way)}. ` +
      "Set POOLKEEPER_TOKEN, FLYTE_API_KEY, or authType ClientSecret or ExternalCommand.",
    { next: "stop" },
  );
}

function describe(way: string): string {
  if (way === "pkce" || way === "deviceflow") return "needs a browser sign-in";
  return way === "externalcommand" || way === "command" ? "needs admin.command" : "poolkeeper does not support";
}

function readClientSecret(config: FlyteConfig, env: Readonly<Record<string, string | undefined>>): Credentials {
  const { clientId, clientSecretEnvVar: variable, clientSecretLocation } = config;
  if (clientId === null) throw missing(config, "admin.clientId is not set");
  const location = clientSecretLocation ?? DEFAULT_SECRET_FILE;
  const secret = variable === null ? readSecretFile(config, location) : (env[variable] ?? "");
  if (secret.trim() === "")
    throw missing(config, variable === null ? `${location} is empty` : `${variable} is not set`);
  return { kind: "client_credentials", clientId, clientSecret: new Secret(secret.trim()) };
}

function readSecretFile(config: FlyteConfig, location: string): string {
  try {
    return readFileSync(location, "utf8");
  } catch {
    // Why it cannot be read (absent, no rights) is seen at the path itself.
    throw missing(config, `${location} cannot be read`);
  }
}

function missing(config: FlyteConfig, reason: string): OperationalError {
  return new OperationalError(
    "client_secret_missing",
    `${config.file} sets client credentials, but ${reason}. Set admin.clientId and admin.clientSecretLocation or admin.clientSecretEnvVar.`,
    { next: "stop" },
  );
}
