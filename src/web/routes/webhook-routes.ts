import type { FastifyInstance, FastifyRequest } from "fastify";
import type { DaemonService } from "../daemon-service.ts";
import type { Metrics } from "../metrics.ts";
import { WebError } from "../web-error.ts";
import { readCommentChange } from "./read-comment-change.ts";
import { type Delivery, identifyDelivery, isSigned } from "./verify-webhook.ts";

/** Of unknown targets: they take as long as known ones and are refused in the same words, so that nobody can list them. */
const NOBODYS_WEBHOOK = { forge: "github", secret: "no delivery is signed with this" } as const;

/**
 * `POST /webhooks/:target`: a forge tells of a push. A right signature wakes the target, which asks its
 * repository; of what it says only who altered a comment is looked at. Answers 202 once it is on record, and 401 to all else.
 */
export function registerWebhookRoutes(
  app: FastifyInstance,
  service: DaemonService,
  { metrics, now, body_bytes }: { readonly metrics: Metrics; readonly now: () => Date; readonly body_bytes: number },
): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const types = ["application/json", "application/x-www-form-urlencoded"];
    scope.addContentTypeParser(types, { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    scope.post("/webhooks/:target", { bodyLimit: body_bytes }, async (request, reply) => {
      const { target } = request.params as { readonly target: string };
      const webhook = service.webhookOf(target);
      const delivery = toDelivery(request);
      const signed = isSigned(webhook ?? NOBODYS_WEBHOOK, delivery, now());
      if (webhook === null || !signed) {
        // Only targets that are there get a label: a label for each name that is tried would fill the memory.
        metrics.webhookTaken(webhook === null ? "" : target, "refused");
        throw new WebError("unauthorized", "No target has a webhook of this name and signature.");
      }
      const isNew = await service.pushed(target, identifyDelivery(webhook, delivery), readCommentChange(delivery.body));
      metrics.webhookTaken(target, isNew ? "accepted" : "repeated");
      return reply.code(202).send({ accepted: isNew });
    });
  });
}

function toDelivery({ headers, body }: FastifyRequest): Delivery {
  return { headers, body: Buffer.isBuffer(body) ? body : Buffer.alloc(0) };
}
