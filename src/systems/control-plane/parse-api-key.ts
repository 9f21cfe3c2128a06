import { OperationalError } from "../../model/errors/operational-error.ts";
import { Secret } from "../http/secret.ts";

/** What a FLYTE_API_KEY holds. */
export interface ApiKey {
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Null when the key names none. */
  readonly org: string | null;
}

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * Reads a key: base64 of `endpoint:client_id:client_secret:org`. It is taken apart from the right, so that an endpoint may hold
 * colons (`dns:///host:443`). Throws an OperationalError `api_key_invalid` that says what is wrong and repeats nothing of it.
 */
export function parseApiKey(text: string): ApiKey {
  const key = text.trim();
  if (!BASE64.test(key)) throw invalid("it is not base64");
  const parts = Buffer.from(key, "base64").toString("utf8").split(":");
  if (parts.length < 4) throw invalid(`it has ${parts.length} of the 4 parts endpoint:client_id:client_secret:org`);
  const [clientId = "", clientSecret = "", org = ""] = parts.slice(-3);
  const endpoint = parts.slice(0, -3).join(":");
  const missing = Object.entries({ endpoint, clientId, clientSecret }).find(([, value]) => value === "");
  if (missing !== undefined) throw invalid(`its ${missing[0]} is empty`);
  // A key made without an organization says "None".
  return { endpoint, clientId, clientSecret: new Secret(clientSecret), org: org === "" || org === "None" ? null : org };
}

function invalid(reason: string): OperationalError {
  return new OperationalError(
    "api_key_invalid",
    `FLYTE_API_KEY cannot be used: ${reason}. Copy the whole key as it was issued, or create a new one.`,
    { next: "stop" },
  );
}
