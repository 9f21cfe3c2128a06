import { createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { equalsInConstantTime } from "../access/equals-in-constant-time.ts";

/** A delivery as it came in. The body is the raw bytes: that is what forges sign. */
export interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A target's webhook, as configured. */
export interface Webhook {
  readonly forge: "github" | "gitlab" | "gitea";
  readonly secret: string;
}

/** How far the clock of a signed GitLab delivery may be off, in milliseconds. The Standard Webhooks specification leaves it open. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Whether a delivery was sent by someone who knows the secret. Compares in constant time. */
export function isSigned({ forge, secret }: Webhook, delivery: Delivery, now: Date): boolean {
  // An empty secret would be known to everyone.
  if (secret === "") return false;
  switch (forge) {
    case "github":
      return equalsInConstantTime(`sha256=${hmacHex(secret, delivery.body)}`, read(delivery, "x-hub-signature-256"));
    case "gitea":
      return isSignedByGitea(secret, delivery);
    case "gitlab":
      return isSignedByGitlab(secret, delivery, now);
  }
}

/**
 * What tells this delivery from others: the forge's own id, which stays the same when it is sent again, else a hash of the
 * body. Forges do not sign their ids, so a copy with another id counts as new: all it does is wake the target once more.
 */
export function identifyDelivery({ forge }: Pick<Webhook, "forge">, delivery: Delivery): string {
  const id = ID_HEADERS[forge].map((name) => read(delivery, name)).find((value) => ID.test(value));
  return `${forge}:${id ?? createHash("sha256").update(delivery.body).digest("hex")}`;
}

const ID = /^[\w.:-]{1,128}$/;

const ID_HEADERS: Readonly<Record<Webhook["forge"], readonly string[]>> = {
  github: ["x-github-delivery"],
  gitlab: ["webhook-id", "idempotency-key", "x-gitlab-event-uuid"],
  gitea: ["x-gitea-delivery", "x-forgejo-delivery"],
};

function isSignedByGitea(secret: string, delivery: Delivery): boolean {
  const signature = read(delivery, "x-gitea-signature") || read(delivery, "x-forgejo-signature");
  return equalsInConstantTime(hmacHex(secret, delivery.body), signature);
}

/** A plain token, or, where GitLab signs, the Standard Webhooks signature over id, time and body. */
function isSignedByGitlab(secret: string, delivery: Delivery, now: Date): boolean {
  const signatures = read(delivery, "webhook-signature");
  if (signatures === "") return equalsInConstantTime(secret, read(delivery, "x-gitlab-token"));
  const [id, timestamp] = [read(delivery, "webhook-id"), read(delivery, "webhook-timestamp")];
  const age = Math.abs(now.getTime() - Number(timestamp) * 1000);
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), delivery.body]);
  const wanted = `v1,${createHmac("sha256", signingKey(secret)).update(signed).digest("base64")}`;
  const matches = signatures.split(" ").filter((signature) => equalsInConstantTime(wanted, signature));
  return matches.length > 0 && age <= CLOCK_TOLERANCE_MS;
}

function signingKey(secret: string): Buffer {
  return secret.startsWith("whsec_") ? Buffer.from(secret.slice("whsec_".length), "base64") : Buffer.from(secret);
}

function hmacHex(secret: string, body: Buffer): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

function read({ headers }: Delivery, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : "";
}
