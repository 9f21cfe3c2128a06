import { createClient, type Transport } from "@connectrpc/connect";
import type { Caller } from "./call-control-plane.ts";
import { AuthMetadataService } from "./gen/flyteidl2/auth/auth_pb.js";

/** What the control plane says about authentication. */
export interface AuthenticationFacts {
  /** Where tokens are issued. */
  readonly tokenEndpoint: string;
  readonly scopes: readonly string[];
  /** "" when it names none. */
  readonly audience: string;
  /** The header that carries the token, in lower case. */
  readonly header: string;
}

/** The header that carries tokens unless the control plane names another one. */
export const DEFAULT_HEADER = "authorization";

/** Asks where and how to get a token, without one. */
export async function discoverAuthentication(bare: Transport, caller: Caller): Promise<AuthenticationFacts> {
  const metadata = createClient(AuthMetadataService, bare);
  const [server, client] = await Promise.all([
    caller.read("AuthMetadataService/GetOAuth2Metadata", (options) => metadata.getOAuth2Metadata({}, options)),
    caller.read("AuthMetadataService/GetPublicClientConfig", (options) => metadata.getPublicClientConfig({}, options)),
  ]);
  return {
    tokenEndpoint: server.tokenEndpoint,
    scopes: client.scopes,
    audience: client.audience,
    header: client.authorizationMetadataKey.toLowerCase() || DEFAULT_HEADER,
  };
}
