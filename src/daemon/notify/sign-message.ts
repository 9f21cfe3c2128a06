import { createHmac } from "node:crypto";

/** What goes into the headers of a generic webhook. */
export interface Signable {
  readonly id: string;
  readonly body: string;
  /** Null: the message is not signed. */
  readonly secret: string | null;
  /** When this try is made, ISO 8601. */
  readonly at: string;
}

/**
 * The headers by which a receiver verifies that a message is authentic, fresh, and not a duplicate: the delivery's id (the same for each
 * attempt), the time in seconds since 1970, and `sha256=` with the HMAC over `TIMESTAMP.BODY` in hex. The time is signed too, against
 * replays.
 */
export function signMessage({ id, body, secret, at }: Signable): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(Date.parse(at) / 1000));
  const headers = { "x-poolkeeper-delivery": id, "x-poolkeeper-timestamp": timestamp };
  if (secret === null) return headers;
  const hash = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  return { ...headers, "x-poolkeeper-signature-256": `sha256=${hash}` };
}
