import type { FastifyInstance } from "fastify";
import type { Identify } from "../access/identify.ts";
import type { DaemonService } from "../daemon-service.ts";
import type { Metrics } from "../metrics.ts";
import { WebError } from "../web-error.ts";

/**
 * `/healthz`: the process answers. `/readyz`: the service is ready, else 503. Both are open to probes, which are not limited;
 * the problems are told to those who may read. `/metrics`: for Prometheus, to those who may read.
 */
export function registerHealthRoutes(
  app: FastifyInstance,
  service: DaemonService,
  { identify, metrics }: { readonly identify: Identify; readonly metrics: Metrics },
): void {
  app.get("/healthz", { config: { rateLimit: false } }, async () => ({ status: "ok", version: service.version }));

  app.get("/readyz", { config: { rateLimit: false } }, async (request, reply) => {
    const { ready, problems } = await service.readiness();
    const mayRead = await identify.requireReader(request).then(
      () => true,
      (error: unknown) => {
        if (error instanceof WebError) return false;
        throw error;
      },
    );
    return reply.code(ready ? 200 : 503).send({ ready, problems: mayRead ? problems : [] });
  });

  app.get("/metrics", async (request, reply) => {
    await identify.requireReader(request);
    const { text, content_type } = await metrics.render();
    return reply.type(content_type).send(text);
  });
}
