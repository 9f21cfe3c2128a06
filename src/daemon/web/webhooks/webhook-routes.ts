import type { Readable } from "node:stream";
import type { FastifyError, FastifyInstance, FastifyRequest } from "fastify";
import type { DaemonService } from "../../../model/daemon/daemon-service.ts";
import { OperationalError } from "../../../model/errors/operational-error.ts";
import { readClientAddress } from "../access/read-client-address.ts";
import type { WebLimits } from "../access/web-options.ts";
import { WebError } from "../answers/web-error.ts";
import type { Metrics, WebhookResult } from "../metrics/metrics.ts";
import { createBodyGate, type EnteredBody } from "./create-body-gate.ts";
import { createDeliveryReader, EXCESSIVE } from "./create-delivery-reader.ts";
import {
  isAboutComment,
  mayBeSigned,
  startVerification,
  UNREAD,
  type Verdict,
  type Verification,
  type Webhook,
} from "./verify-webhook.ts";

/** What webhooks are taken with. */
export interface WebhookRouteOptions {
  readonly metrics: Metrics;
  readonly now: () => Date;
  readonly limits: WebLimits;
}

/**
 * `POST /webhooks/:target`: a forge reports a push. The body is verified as it comes: a valid signature wakes the target, which asks its
 * repository. Only a body about a comment is kept, since its editor and its command are examined. A delivery without a signature, or too long,
 * is refused before its body is read. Answers 202 once what it reports is on record, 429 where its account has used up what it may have
 * reported or too many of its target wait to be read, 413 where it has more values than any forge sends, and 401 to all else; 503 while the target's secret can't be read, which shows that there is such a target. Unknown callers have no
 * request limit, which would lock out a forge behind the same address; the number of open bodies is limited instead. Nor do all deliveries of
 * a forge together: strangers cause some of them.
 */
export function registerWebhookRoutes(
  app: FastifyInstance,
  service: DaemonService,
  { metrics, now, limits }: WebhookRouteOptions,
): void {
  const { webhooks_each: each, webhooks: all, kept_webhooks_bytes: kept } = limits;
  const gate = createBodyGate({ each, all, kept });
  metrics.watchWebhooks(() => gate);
  const find = createFinder(service);
  const deliveries = createDeliveryReader();
  // Only targets that are there: a name of each that is tried would fill the memory.
  const labelOf = (request: FastifyRequest) => (find(request) === null ? null : targetOf(request));
  const verify = (request: FastifyRequest) => {
    const webhook = find(request);
    if (webhook === UNREAD) throw unread();
    return startVerification(webhook, request.headers, now());
  };
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const types = ["application/json", "application/x-www-form-urlencoded"];
    scope.addContentTypeParser(types, async (request: FastifyRequest, payload: Readable) => {
      const target = labelOf(request);
      return readVerified(payload, verify(request), {
        limits,
        isKept: isAboutComment(request.headers),
        enter: (cut) => gate.enter(readClientAddress(request), payload, cut),
        receive: (take) => deliveries.receive(target, take),
      });
    });
    scope.addHook("onError", async (request, _reply, error: FastifyError | WebError) => {
      metrics.webhookTaken(labelOf(request) ?? "", readResult(error));
    });
    scope.post(
      "/webhooks/:target",
      {
        config: { rateLimit: false },
        bodyLimit: limits.webhook_bytes,
        onRequest: async (request) => {
          const webhook = find(request);
          if (!mayBeSigned(webhook, request.headers)) throw refused();
          if (webhook === UNREAD) throw unread();
          if (Number(request.headers["content-length"] ?? 0) > limits.webhook_bytes) throw tooLarge();
        },
      },
      async (request, reply) => {
        const target = targetOf(request);
        // Without a body there was nothing to read.
        const sent = request.body as Received | undefined;
        const { signed, id } = sent?.verdict ?? verify(request).finish();
        if (!signed) throw refused();
        const change = sent?.body ? await deliveries.read(target, sent.body) : null;
        const taken = await service.pushed(target, id, change === EXCESSIVE ? null : change);
        // The target looks all the same.
        if (change === EXCESSIVE) throw tooLarge();
        if (taken.kind === "limited") {
          const message = "Too many commands were reported of this account, or of all that have decided nothing yet.";
          throw new WebError("rate_limited", message, taken.seconds);
        }
        const accepted = taken.kind === "new";
        metrics.webhookTaken(target, accepted ? "accepted" : "repeated");
        return reply.code(202).send({ accepted });
      },
    );
  });
}

/** Finds the webhook that a request is for. A secret that can't be read is logged once, until it was read again. */
function createFinder(service: DaemonService): (request: FastifyRequest) => Webhook | typeof UNREAD | null {
  const logged = new Set<string>();
  return (request) => {
    const target = targetOf(request);
    try {
      const webhook = service.webhookOf(target);
      logged.delete(target);
      return webhook;
    } catch (err) {
      if (!(err instanceof OperationalError && err.code === "secret_missing")) throw err;
      if (!logged.has(target)) request.log.error({ err, target }, "the secret of a webhook can't be read");
      logged.add(target);
      return UNREAD;
    }
  };
}

/** How a delivery is counted that was not taken. */
function readResult(error: FastifyError | WebError): WebhookResult {
  if (error instanceof WebError && error.code === UNREAD_CODE) return "no_secret";
  const { statusCode = 500 } = error;
  if (statusCode === 429 || statusCode === 503) return "limited";
  return statusCode >= 500 ? "failed" : "refused";
}

function targetOf(request: FastifyRequest): string {
  return (request.params as { readonly target: string }).target;
}

function refused(): WebError {
  return new WebError("unauthorized", "No target has a webhook of this name and signature.");
}

const UNREAD_CODE = "unavailable";
const RETRY_S = 5;

function unread(): WebError {
  const message = "The secret of this webhook can't be read at the moment. Send the delivery again.";
  return new WebError(UNREAD_CODE, message, RETRY_S);
}

function tooLarge(): WebError {
  return new WebError("too_large", "The body is too large.");
}

/** A body that was received in full. */
interface Received {
  readonly verdict: Verdict;
  /** Null: it was not kept. */
  readonly body: Buffer | null;
}

interface Reading {
  readonly limits: WebLimits;
  readonly isKept: boolean;
  readonly enter: (cut: (refusal: WebError) => void) => EnteredBody;
  /** Calls back when it is its turn, with how many bytes were there. */
  readonly receive: (take: () => number) => Promise<void>;
}

/**
 * Reads a body to its end, or to what ends it before: too many bytes or bodies, too much time, or a caller that leaves. What arrives waits for its turn
 * where it is, so that the caller waits, too.
 */
function readVerified(
  body: Readable,
  verification: Verification,
  { limits, isKept, enter, receive }: Reading,
): Promise<Received> {
  const { promise, resolve, reject } = Promise.withResolvers<Received>();
  let size = 0;
  const kept: Buffer[] = [];
  let [isWaiting, isOver] = [false, false];
  const take = () => {
    isWaiting = false;
    const chunk: Buffer | null = isOver ? null : body.read();
    if (chunk === null) return 0;
    size += chunk.length;
    if (size > limits.webhook_bytes) {
      reject(tooLarge());
      return chunk.length;
    }
    const json = verification.update(chunk);
    if (!isKept) return chunk.length;
    kept.push(json);
    entered.keep(json.length);
    return chunk.length;
  };
  const wait = () => {
    if (isWaiting) return;
    isWaiting = true;
    receive(take).catch(reject);
  };
  const end = () => resolve({ verdict: verification.finish(), body: isKept ? Buffer.concat(kept) : null });
  const entered = enter(reject);
  const late = () => reject(new WebError("timeout", "The body did not arrive in time."));
  const timer = setTimeout(late, limits.webhook_ms).unref();
  const fail = () => reject(new WebError("invalid", "The body is incomplete."));
  body.on("readable", wait).once("end", end);
  body.once("error", fail).once("close", fail);
  return promise.finally(() => {
    isOver = true;
    clearTimeout(timer);
    entered.leave();
    body.off("readable", wait).pause();
  });
}
