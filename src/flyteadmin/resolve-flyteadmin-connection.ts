import { parseEndpoint } from "../http/parse-endpoint.ts";
import { Secret } from "../http/secret.ts";
import { type Environment, findFirst, readTransportSettings, type TransportFlags } from "../http/transport-settings.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { FlyteadminConnection } from "./connection.ts";

/** What the command line says about flyteadmin; what is left out comes from the environment. */
export interface FlyteadminFlags extends TransportFlags {
  readonly flyteadminEndpoint?: string | undefined;
  readonly flyteadminToken?: string | undefined;
}

/**
 * Finds the connection to flyteadmin: flags, then `POOLKEEPER_FLYTEADMIN_*`; null where no endpoint is named, for flyteadmin is
 * one system of several. The token is its own: that of the control plane never goes there. Throws an OperationalError:
 * `endpoint_invalid`, `endpoint_insecure`, or `flyteadmin_endpoint_missing` for a flag with a token that has nowhere to go.
 */
export function resolveFlyteadminConnection({
  flags,
  env,
}: {
  readonly flags: FlyteadminFlags;
  readonly env: Environment;
}): FlyteadminConnection | null {
  const endpoint = findFirst(
    ["--flyteadmin-endpoint", flags.flyteadminEndpoint],
    ["POOLKEEPER_FLYTEADMIN_ENDPOINT", env.POOLKEEPER_FLYTEADMIN_ENDPOINT],
  );
  const token = findFirst(
    ["--flyteadmin-token", flags.flyteadminToken],
    ["POOLKEEPER_FLYTEADMIN_TOKEN", env.POOLKEEPER_FLYTEADMIN_TOKEN],
  );
  if (endpoint === undefined) {
    if (token?.source === "--flyteadmin-token") throw endpointMissing();
    return null;
  }
  const transport = readTransportSettings(flags, env);
  return {
    ...transport,
    endpoint: parseEndpoint(endpoint.value, { insecure: transport.insecure, source: endpoint.source }),
    token: token === undefined ? null : new Secret(token.value),
    sources: { endpoint: endpoint.source, token: token?.source ?? "none" },
  };
}

function endpointMissing(): OperationalError {
  return new OperationalError(
    "flyteadmin_endpoint_missing",
    "--flyteadmin-token is given, but no flyteadmin. Give --flyteadmin-endpoint URL, or set POOLKEEPER_FLYTEADMIN_ENDPOINT.",
    { next: "stop" },
  );
}
