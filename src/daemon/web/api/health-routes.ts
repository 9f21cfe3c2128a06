import type { FastifyInstance, FastifyRequest } from "fastify";
import type { DaemonService } from "../../../model/daemon/daemon-service.ts";
import type { HostCheck } from "../access/create-host-check.ts";
import type { Identify } from "../access/identify.ts";
import { WebError } from "../answers/web-error.ts";
import type { Metrics } from "../metrics/metrics.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether the route answers under any host name. Default: false. */
    anyHost?: boolean;
  }
}

/** Probes ask often, and under any name. */
const FOR_PROBES = { rateLimit: false, anyHost: true } as const;

/**
 * `/healthz`: the process answers. `/readyz`: the service is ready, else 503. Both are open to probes, which are not limited and
 * may ask under any host name; version and problems are shown under a name of ours alone, problems only to those who may read.
 * `/metrics`: for Prometheus, to those who may read.
 */
export function registerHealthRoutes(
  app: FastifyInstance,
  service: DaemonService,
  { identify, hosts, metrics }: { readonly identify: Identify; readonly hosts: HostCheck; readonly metrics: Metrics },
): void {
  app.get("/healthz", { config: FOR_PROBES }, async (request) => ({
    status: "ok",
    ...(hosts.isOwn(request) && { version: service.version }),
  }));

  app.get("/readyz", { config: FOR_PROBES }, async (request, reply) => {
    const { ready, problems } = await service.readiness();
    const mayRead = hosts.isOwn(request) && (await isReader(request, identify));
    return reply.code(ready ? 200 : 503).send({ ready, problems: mayRead ? problems : [] });
  });

  app.get("/metrics", async (request, reply) => {
    await identify.requireReader(request);
    const { text, content_type } = await metrics.render();
    return reply.type(content_type).send(text);
  });
}

async function isReader(request: FastifyRequest, identify: Identify): Promise<boolean> {
  try {
    await identify.requireReader(request);
    return true;
  } catch (error) {
    if (error instanceof WebError) return false;
    throw error;
  }
}
