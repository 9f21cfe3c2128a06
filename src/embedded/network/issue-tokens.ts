import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import type { Author } from "../state/author.ts";
import { type AnyRequest, type AnyResponse, sendJson } from "./listen-on-one-port.ts";
import { sameSecret } from "./require-token.ts";

/** A client that may get tokens by client credentials, and how long they last, in seconds (default 3600). */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly lifetimeSeconds?: number;
}

/** Issues tokens and verifies them. */
export interface TokenIssuer {
  /** Answers a request to the token endpoint. */
  answer(request: AnyRequest, response: AnyResponse): Promise<void>;
  /** The application that a token was issued to; null for an invalid or expired token. */
  identify(token: string): Author | null;
}

/** The path of the token endpoint. */
export const TOKEN_PATH = "/oauth2/token";

/** A token endpoint for one client: HTTP Basic of `client_id:urlencoded(client_secret)`, `grant_type=client_credentials`. */
export function createTokenIssuer(client: OAuthClient, now: () => number): TokenIssuer {
  const lifetime = client.lifetimeSeconds ?? 3600;
  const author: Author = { kind: "application", name: client.clientId };
  const expiry = new Map<string, number>();
  const issue = () => {
    const token = randomBytes(24).toString("base64url");
    expiry.set(token, now() + lifetime * 1000);
    return { access_token: token, token_type: "Bearer", expires_in: lifetime };
  };
  return {
    identify: (token) => ((expiry.get(token) ?? 0) > now() ? author : null),
    answer: async (request, response) => {
      const form = new URLSearchParams(await text(request));
      const error = refusal(client, request.headers.authorization, form);
      const status = error === undefined ? 200 : error === "invalid_client" ? 401 : 400;
      sendJson(response, status, error === undefined ? issue() : { error });
    },
  };
}

function refusal(client: OAuthClient, authorization: string | undefined, form: URLSearchParams): string | undefined {
  const basic = /^Basic (.+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const [id = "", ...secret] = Buffer.from(basic, "base64").toString().split(":");
  if (!sameSecret(`${id}:${decodeForm(secret.join(":"))}`, `${client.clientId}:${client.clientSecret}`)) {
    return "invalid_client";
  }
  return form.get("grant_type") === "client_credentials" ? undefined : "unsupported_grant_type";
}

/** Decodes a client secret, which is form-encoded (RFC 6749, section 2.3.1): a blank is `+` or `%20`. */
function decodeForm(text: string): string {
  return new URLSearchParams(`value=${text.replaceAll("&", "%26")}`).get("value") ?? "";
}
