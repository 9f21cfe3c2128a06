import type { ConnectRouter } from "@connectrpc/connect";
import { AuthMetadataService } from "../../systems/control-plane/gen/flyteidl2/auth/auth_pb.js";
import { type OAuthClient, TOKEN_PATH } from "./issue-tokens.ts";

/** AuthMetadataService: where and how to get a token; without an OAuth client there is no token endpoint. */
export function routeAuthMetadata(router: ConnectRouter, client: OAuthClient | undefined): void {
  router.service(AuthMetadataService, {
    getOAuth2Metadata: (_request, { url }) => {
      const issuer = new URL(url).origin;
      return client === undefined ? { issuer } : describeTokenEndpoint(issuer);
    },
    getPublicClientConfig: (_request, { url }) => ({
      clientId: "poolkeeper",
      redirectUri: "http://localhost:53593/callback",
      scopes: ["all"],
      authorizationMetadataKey: "authorization",
      serviceHttpEndpoint: new URL(url).origin,
      audience: new URL(url).origin,
    }),
  });
}

function describeTokenEndpoint(issuer: string) {
  return {
    issuer,
    tokenEndpoint: `${issuer}${TOKEN_PATH}`,
    responseTypesSupported: ["token"],
    scopesSupported: ["all"],
    tokenEndpointAuthMethodsSupported: ["client_secret_basic"],
    grantTypesSupported: ["client_credentials"],
  };
}
