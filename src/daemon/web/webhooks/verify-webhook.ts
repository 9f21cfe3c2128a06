import { createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { equalsInConstantTime } from "../access/equals-in-constant-time.ts";
import { createPayloadDecoder } from "./create-payload-decoder.ts";

/** A target's webhook, as configured. */
export interface Webhook {
  readonly forge: "github" | "gitlab" | "gitea";
  readonly secret: string;
}

/** In place of a webhook that is configured, and whose secret can't be read now. */
export const UNREAD = "unread";

/** What came of a delivery once all of it was there. */
export interface Verdict {
  /** Whether its sender knows the secret. */
  readonly signed: boolean;
  /**
   * What sets this delivery apart: the forge's own id, which stays the same when it is sent again, else a hash of the body. Forges
   * do not sign their ids, so a copy with another id counts as new: all it does is wake the target once more.
   */
  readonly id: string;
}

/** A delivery whose body is on its way: nothing of it is kept here. */
export interface Verification {
  /** Takes the next bytes, and gives those that are signed: of Gitea's forms the JSON in them. */
  update(chunk: Buffer): Buffer;
  finish(): Verdict;
}

/** Stands in for an unknown webhook: refused with the same words and in the same time, so that targets can't be enumerated. */
const NO_WEBHOOK: Webhook = { forge: "github", secret: "no delivery is signed with this" };

/** How far the clock of a signed GitLab delivery may be off, in milliseconds. The Standard Webhooks specification leaves it open. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

const SIGNATURES: Readonly<Record<string, RegExp>> = {
  "x-hub-signature-256": /^sha256=[0-9a-f]{64}$/,
  "x-gitea-signature": /^[0-9a-f]{64}$/,
  "x-forgejo-signature": /^[0-9a-f]{64}$/,
  "webhook-signature": /^v1,/,
};

/**
 * Whether any body could make a delivery right, by its headers alone: it has a signature of any forge, or GitLab's token. The configured
 * forge does not matter for signatures, so that the answer does not show which targets exist. Without the secret, any token may be it.
 */
export function mayBeSigned(webhook: Webhook | typeof UNREAD | null, headers: IncomingHttpHeaders): boolean {
  if (Object.entries(SIGNATURES).some(([name, pattern]) => pattern.test(read(headers, name)))) return true;
  if (webhook === UNREAD) return read(headers, "x-gitlab-token") !== "";
  return equalsInConstantTime((webhook ?? NO_WEBHOOK).secret, read(headers, "x-gitlab-token"))
    ? webhook?.forge === "gitlab" && webhook.secret !== ""
    : false;
}

/** Whether the forge says that a delivery is about a comment. No forge signs that: it decides only what may be kept. */
export function isAboutComment(headers: IncomingHttpHeaders): boolean {
  return ["x-gitea-event", "x-forgejo-event", "x-github-event", "x-gitlab-event"].some((name) =>
    /^(issue_comment|Note Hook)$/.test(read(headers, name)),
  );
}

/** Begins to verify a delivery to a webhook; null: there is none, and nothing is right. Compares in constant time. */
export function startVerification(given: Webhook | null, headers: IncomingHttpHeaders, now: Date): Verification {
  const webhook = given ?? NO_WEBHOOK;
  const check = CHECKS[webhook.forge](webhook.secret, headers, now);
  const body = createHash("sha256");
  return {
    update(chunk) {
      body.update(chunk);
      return check.update(chunk);
    },
    finish: () => ({
      // An empty secret would be known to everyone.
      signed: check.isRight() && given !== null && given.secret !== "",
      id: `${webhook.forge}:${findId(webhook, headers) ?? body.digest("hex")}`,
    }),
  };
}

/** The signature of one forge, over a body as it comes. */
interface Check {
  update(chunk: Buffer): Buffer;
  isRight(): boolean;
}

type StartCheck = (secret: string, headers: IncomingHttpHeaders, now: Date) => Check;

const CHECKS: Readonly<Record<Webhook["forge"], StartCheck>> = {
  github(secret, headers) {
    const hmac = createHmac("sha256", secret);
    return {
      update(chunk) {
        hmac.update(chunk);
        return chunk;
      },
      isRight: () => equalsInConstantTime(`sha256=${hmac.digest("hex")}`, read(headers, "x-hub-signature-256")),
    };
  },
  /** Of a form, what is signed is the JSON in its field `payload` and not the form. */
  gitea(secret, headers) {
    const hmac = createHmac("sha256", secret);
    const isForm = /^application\/x-www-form-urlencoded\b/i.test(read(headers, "content-type"));
    const decode = isForm ? createPayloadDecoder() : (chunk: Buffer) => chunk;
    const signature = read(headers, "x-gitea-signature") || read(headers, "x-forgejo-signature");
    return {
      update(chunk) {
        const signed = decode(chunk);
        hmac.update(signed);
        return signed;
      },
      isRight: () => equalsInConstantTime(hmac.digest("hex"), signature),
    };
  },
  /** A plain token, or, where GitLab signs, the Standard Webhooks signature over id, time and body. */
  gitlab(secret, headers, now) {
    const signatures = read(headers, "webhook-signature");
    const [id, timestamp] = [read(headers, "webhook-id"), read(headers, "webhook-timestamp")];
    const hmac = createHmac("sha256", signingKey(secret)).update(`${id}.${timestamp}.`);
    const isRecent = Math.abs(now.getTime() - Number(timestamp) * 1000) <= CLOCK_TOLERANCE_MS;
    return {
      update(chunk) {
        hmac.update(chunk);
        return chunk;
      },
      isRight() {
        if (signatures === "") return equalsInConstantTime(secret, read(headers, "x-gitlab-token"));
        const wanted = `v1,${hmac.digest("base64")}`;
        const matches = signatures.split(" ").filter((signature) => equalsInConstantTime(wanted, signature));
        return matches.length > 0 && isRecent;
      },
    };
  },
};

const ID = /^[\w.:-]{1,128}$/;

const ID_HEADERS: Readonly<Record<Webhook["forge"], readonly string[]>> = {
  github: ["x-github-delivery"],
  gitlab: ["webhook-id", "idempotency-key", "x-gitlab-event-uuid"],
  gitea: ["x-gitea-delivery", "x-forgejo-delivery"],
};

function findId({ forge }: Webhook, headers: IncomingHttpHeaders): string | undefined {
  return ID_HEADERS[forge].map((name) => read(headers, name)).find((value) => ID.test(value));
}

function signingKey(secret: string): Buffer {
  return secret.startsWith("whsec_") ? Buffer.from(secret.slice("whsec_".length), "base64") : Buffer.from(secret);
}

function read(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : "";
}
