import { OperationalError } from "../../model/errors/operational-error.ts";
import { parseEndpoint } from "./parse-endpoint.ts";
import type { Found } from "./transport-settings.ts";

/** A token of the environment, and the endpoint that the environment names beside it. */
export interface EnvironmentToken {
  readonly token: Found | undefined;
  /** Undefined where the environment names none: then the token is for any endpoint. */
  readonly endpoint: Found | undefined;
  readonly insecure: boolean;
}

/**
 * Whether a token of the environment may go to an endpoint: only to the one that the environment names beside it, so that a flag or a
 * file that names another one does not get it. `used` is canonical, as {@link parseEndpoint} gives it.
 */
export function isBoundTo({ endpoint, insecure }: Omit<EnvironmentToken, "token">, used: Found): boolean {
  if (endpoint === undefined) return true;
  try {
    return parseEndpoint(endpoint.value, { insecure, source: endpoint.source }) === used.value;
  } catch {
    // An endpoint that can't be used is another one.
    return false;
  }
}

/**
 * The token for an endpoint: that of a flag goes to the endpoint in use, that of the environment to its own. Undefined where there is
 * none. Throws an OperationalError `token_elsewhere` where the only one is for another endpoint.
 */
export function bindToken(flag: Found | undefined, environment: EnvironmentToken, used: Found): Found | undefined {
  if (flag !== undefined) return flag;
  if (environment.token === undefined || isBoundTo(environment, used)) return environment.token;
  throw tokenElsewhere(environment, used);
}

/** The one error for all tokens. The endpoint of the environment is not repeated: it may hold a password. */
function tokenElsewhere({ token, endpoint }: EnvironmentToken, used: Found): OperationalError {
  const [name, other] = [token?.source ?? "", endpoint?.source ?? ""];
  return new OperationalError(
    "token_elsewhere",
    `${name} is not sent to ${used.value} (${used.source}): it belongs to the endpoint in ${other}. ` +
      `Pass the token for ${used.value} with a flag, or set ${name} and ${other} for it; unset ${name} to use no token.`,
    { next: "stop" },
  );
}
