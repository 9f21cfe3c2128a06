import type { Interceptor } from "@connectrpc/connect";
import type { Credential } from "../http/list-credential-forms.ts";
import { createClientCredentialsToken } from "./authenticate-client-credentials.ts";
import { createCommandToken } from "./authenticate-command.ts";
import { createCaller } from "./call-control-plane.ts";
import type { Connection } from "./connection.ts";
import { createAuthenticator } from "./create-authenticator.ts";
import type { OpenTransport } from "./create-transport.ts";
import { type AuthenticationFacts, DEFAULT_HEADER, discoverAuthentication } from "./discover-authentication.ts";
import { rememberAnswer } from "./remember-answer.ts";
import type { TokenSource } from "./token-source.ts";
import { createStaticToken } from "./token-source.ts";

/** Authentication of one connection. */
export interface Authentication {
  readonly interceptors: readonly Interceptor[];
  /** Everything secret that is in use now. */
  readonly secrets: () => readonly Credential[];
}

/**
 * The share of a call's time that discovery, and then the token, may take: authentication happens within the call, and its failure must be
 * reported as such before the call itself times out.
 */
const TIME_SHARE = 0.4;

/** Authentication as the connection's credentials ask for it; `bare` makes the calls that need none. */
export function authenticateConnection(connection: Connection, bare: OpenTransport, now: () => number): Authentication {
  const timeoutMs = connection.timeoutMs * TIME_SHARE;
  // The call that needs the token is what is tried again.
  const caller = createCaller(connection.endpoint, { timeoutMs, retries: 0, now });
  const discover = rememberAnswer(() => discoverAuthentication(bare.transport, caller));
  const tokens = createTokenSource({ ...connection, timeoutMs }, bare, discover, now);
  if (tokens === null) return { interceptors: [], secrets: () => [] };
  const askFirst = connection.credentials.kind === "client_credentials";
  const discoverHeader = async () => {
    // Another header is only tried after a refusal: where that leads nowhere, the refusal is reported.
    if (!askFirst)
      return discover().then(
        (facts) => facts.header,
        () => DEFAULT_HEADER,
      );
    return (await discover()).header;
  };
  return {
    interceptors: [createAuthenticator(tokens, { askFirst, discover: discoverHeader })],
    secrets: () => tokens.secrets(),
  };
}

function createTokenSource(
  { credentials, endpoint, insecure, timeoutMs }: Connection,
  { dispatcher }: OpenTransport,
  discover: () => Promise<AuthenticationFacts>,
  now: () => number,
): TokenSource | null {
  switch (credentials.kind) {
    case "none":
      return null;
    case "token":
      return createStaticToken(credentials.token);
    case "command":
      return createCommandToken(credentials.command, { timeoutMs, now });
    case "client_credentials":
      return createClientCredentialsToken({ ...credentials, endpoint, discover, dispatcher, insecure, timeoutMs, now });
  }
}
