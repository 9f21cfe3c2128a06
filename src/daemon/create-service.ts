import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import type { Actor, DaemonService } from "../model/daemon/daemon-service.ts";
import { createApprovals } from "./approve-service.ts";
import { draftAudit } from "./draft-audit.ts";
import { createReads } from "./read-service.ts";
import type { ServiceTools } from "./service-tools.ts";
import { createSteering } from "./steer-service.ts";
import { createDeliveries } from "./take-deliveries.ts";
import { throughEach } from "./through-each.ts";

/**
 * What the daemon does for those outside: reads from the store, and acts that are on record before they are answered. While the store answers
 * nothing, all of it ends within seconds.
 */
export function createService(tools: ServiceTools): DaemonService {
  const { records, store } = tools;
  return {
    version: tools.version,
    ...createReads(tools),
    ...throughEach(createApprovals(tools), store.change),
    ...throughEach(createSteering(tools), store.change),
    ...throughEach(createDeliveries(tools), store.change),
    webhookOf: (name) => {
      const source = tools.runners().get(name)?.config.source;
      if (source?.kind !== "repository" || source.webhook === null) return null;
      return { forge: source.webhook.forge, secret: tools.readSecret(source.webhook.secret) };
    },
    sessionState: (token, id) => store.read(() => records.readSession(token, id)),
    endSession: (id, expiresAt) => store.change(() => records.endSession(id, expiresAt)),
    endSessions: (actor) => store.change(() => endSessions(records, actor)),
    subscribe: tools.subscribe,
  };
}

async function endSessions(records: DaemonRecords, actor: Actor): Promise<void> {
  const at = await records.now();
  const entry = { at, target: null, action: "end_sessions", details: {} };
  await records.endSessions(actor.name, draftAudit(actor, entry));
}
