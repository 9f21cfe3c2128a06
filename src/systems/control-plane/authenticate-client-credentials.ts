import type { Dispatcher } from "undici";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { cutForeign, type ForeignWords, nameForeign, type Redact } from "../../model/secrets/cut-foreign.ts";
import { isBearerToken } from "../http/is-bearer-token.ts";
import { isLocal } from "../http/is-local.ts";
import { isLoopback } from "../http/is-loopback.ts";
import { type Credential, writeBasic } from "../http/list-credential-forms.ts";
import { readRefusal } from "../http/read-body.ts";
import { createCredentialRedactor } from "../http/redact-credentials.ts";
import type { Secret } from "../http/secret.ts";
import { sendRequest } from "../http/send-request.ts";
import type { AuthenticationFacts } from "./discover-authentication.ts";
import { mapError } from "./map-control-plane-error.ts";
import { createTokenCache, type IssuedToken, type TokenSource } from "./token-source.ts";

/** What an OAuth2 client credentials grant needs. */
export interface ClientCredentialsOptions {
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Of the control plane, which names the token endpoint. */
  readonly endpoint: string;
  readonly discover: () => Promise<AuthenticationFacts>;
  readonly dispatcher: Dispatcher;
  /** True: the secret may go to a token endpoint without TLS. */
  readonly insecure: boolean;
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** Tokens by OAuth2 client credentials (RFC 6749, 4.4), from the endpoint that the control plane names. */
export function createClientCredentialsToken(options: ClientCredentialsOptions): TokenSource {
  const redact = createCredentialRedactor(() => [readCredential(options)]);
  return createTokenCache(() => issueToken(options, redact), options.now, readCredential(options));
}

async function issueToken(options: ClientCredentialsOptions, redact: Redact): Promise<IssuedToken> {
  const { tokenEndpoint, scopes, audience } = await options.discover();
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  if (audience !== "") form.set("audience", audience);
  const endpoint = nameForeign(tokenEndpoint, redact);
  const fault = findFault(tokenEndpoint, options);
  if (fault !== null) throw unsafe(endpoint, fault);
  const { status, text } = await send(tokenEndpoint, form, options).catch((error: unknown) => {
    const context = { rpc: "Token request", endpoint, write: false, redact, now: options.now };
    throw mapError(error, context);
  });
  if (status !== 200) throw refused(endpoint, options.clientId, status, cutForeign(describeRefusal(text), redact));
  return readToken(endpoint, text, options.now());
}

function readCredential({ clientId, clientSecret }: ClientCredentialsOptions): Credential {
  return { secret: clientSecret.reveal(), user: clientId };
}

/** The secret is URL-encoded inside HTTP Basic, as the control plane expects it. */
async function send(url: string, form: URLSearchParams, options: ClientCredentialsOptions) {
  const { clientId, clientSecret, dispatcher, timeoutMs } = options;
  const response = await sendRequest(url, {
    dispatcher,
    method: "POST",
    headers: {
      authorization: writeBasic(clientId, encodeURIComponent(clientSecret.reveal())),
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
    },
    body: form.toString(),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return { status: response.statusCode, text: await readRefusal(response.body) };
}

/** Why nothing is sent to a token endpoint; null: it is. */
function findFault(named: string, { endpoint, insecure }: ClientCredentialsOptions): string | null {
  const url = URL.parse(named);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && (insecure || isLoopback(url.hostname)));
  if (url === null || !isSafe) return "which is not an https:// URL";
  const isElsewhere = isLocal(url.hostname) && !isLocal(new URL(endpoint).hostname);
  return isElsewhere ? "which this machine alone reaches, and the control plane is elsewhere" : null;
}

function unsafe(endpoint: ForeignWords, fault: string): OperationalError {
  return new OperationalError(
    "token_endpoint_unsafe",
    `The control plane names "${endpoint}" as its token endpoint, ${fault}; the client secret is not sent there.`,
    { next: "stop" },
  );
}

function refused(endpoint: ForeignWords, clientId: string, status: number, words: string): OperationalError {
  const said = `The token endpoint ${endpoint} answered HTTP ${status}${words === "" ? "" : ` (${words})`}`;
  if (status === 429 || status >= 500) {
    return new OperationalError("token_unavailable", `${said}. Try again in a moment.`, { next: "retry" });
  }
  return new OperationalError(
    "token_refused",
    `${said} for client ID "${clientId}". Check the client ID and its secret (FLYTE_API_KEY or the flyte config file).`,
    { next: "stop" },
  );
}

/** An OAuth2 error answer (RFC 6749, 5.2), or nothing: a page of HTML says no more than its status. */
function describeRefusal(text: string): string {
  const answer = parseObject(text);
  const parts = [answer.error, answer.error_description];
  return parts.filter((part) => typeof part === "string").join(": ");
}

function readToken(endpoint: ForeignWords, text: string, now: number): IssuedToken {
  const { access_token: token, expires_in: seconds } = parseObject(text);
  if (typeof token !== "string" || token === "") {
    throw new OperationalError(
      "token_bad_answer",
      `The token endpoint ${endpoint} returned no access token. Check that the endpoint is correct.`,
      { next: "stop" },
    );
  }
  if (!isBearerToken(token)) {
    throw new OperationalError(
      "token_bad_answer",
      `The token endpoint ${endpoint} returned an access token that is none: it has other characters than RFC 6750 allows, or more than a header has. Check that the endpoint is correct.`,
      { next: "stop" },
    );
  }
  const known = typeof seconds === "number" || (typeof seconds === "string" && /^\d+$/.test(seconds));
  return { token, expiresAtMs: known ? now + Number(seconds) * 1000 : null };
}

function parseObject(text: string): {
  readonly [field in "access_token" | "expires_in" | "error" | "error_description"]?: unknown;
} {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // An answer that is not a JSON object has neither a token nor a reason; the caller reports that.
    return {};
  }
}
