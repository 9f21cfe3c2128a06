import { OperationalError } from "../../model/errors/operational-error.ts";
import { bindToken } from "../http/bind-token.ts";
import { parseEndpoint } from "../http/parse-endpoint.ts";
import { Secret } from "../http/secret.ts";
import { type Environment, findFirst, readTransportSettings, type TransportFlags } from "../http/transport-settings.ts";
import type { FlyteadminConnection } from "./flyteadmin-connection.ts";

/** What the command line says about flyteadmin; what is left out comes from the environment. */
export interface FlyteadminFlags extends TransportFlags {
  readonly flyteadminEndpoint?: string | undefined;
  readonly flyteadminToken?: string | undefined;
}

/**
 * Finds the connection to flyteadmin: flags, then `POOLKEEPER_FLYTEADMIN_*`; null where no endpoint is named, for flyteadmin is
 * one system of several. The token is its own: that of the control plane never goes there, and that of the environment only to the
 * endpoint that the environment names. Throws an OperationalError: `endpoint_invalid`, `endpoint_insecure`, `token_elsewhere`, or
 * `flyteadmin_endpoint_missing` for a flag with a token that has nowhere to go.
 */
export function resolveFlyteadminConnection({
  flags,
  env,
}: {
  readonly flags: FlyteadminFlags;
  readonly env: Environment;
}): FlyteadminConnection | null {
  const variable = findFirst(["POOLKEEPER_FLYTEADMIN_ENDPOINT", env.POOLKEEPER_FLYTEADMIN_ENDPOINT]);
  const named = findFirst(["--flyteadmin-endpoint", flags.flyteadminEndpoint]) ?? variable;
  const flag = findFirst(["--flyteadmin-token", flags.flyteadminToken]);
  if (named === undefined) {
    if (flag !== undefined) throw endpointMissing();
    return null;
  }
  const transport = readTransportSettings(flags, env);
  const { insecure } = transport;
  const endpoint = { ...named, value: parseEndpoint(named.value, { insecure, source: named.source }) };
  const environment = findFirst(["POOLKEEPER_FLYTEADMIN_TOKEN", env.POOLKEEPER_FLYTEADMIN_TOKEN]);
  const token = bindToken(flag, { token: environment, endpoint: variable, insecure }, endpoint);
  return {
    ...transport,
    endpoint: endpoint.value,
    token: token === undefined ? null : new Secret(token.value),
    sources: { endpoint: endpoint.source, token: token?.source ?? "none" },
  };
}

function endpointMissing(): OperationalError {
  return new OperationalError(
    "flyteadmin_endpoint_missing",
    "--flyteadmin-token is set, but no flyteadmin. Pass --flyteadmin-endpoint URL, or set POOLKEEPER_FLYTEADMIN_ENDPOINT.",
    { next: "stop" },
  );
}
