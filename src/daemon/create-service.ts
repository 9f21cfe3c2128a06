import type { DaemonService } from "../model/daemon/daemon-service.ts";
import { createApprovals } from "./approve-service.ts";
import { draftAudit } from "./draft-audit.ts";
import { createReads } from "./read-service.ts";
import type { ServiceTools } from "./service-tools.ts";
import { createSteering } from "./steer-service.ts";

/** What the daemon does for those outside: reads from the store, and acts that are on record before they are answered. */
export function createService(tools: ServiceTools): DaemonService {
  return {
    version: tools.version,
    ...createReads(tools),
    ...createApprovals(tools),
    ...createSteering(tools),
    webhookOf: (name) => {
      const source = tools.runners().get(name)?.config.source;
      if (source?.kind !== "repository" || source.webhook === null) return null;
      return { forge: source.webhook.forge, secret: tools.readSecret(source.webhook.secret) };
    },
    sessionState: tools.records.readSession,
    endSession: tools.records.endSession,
    endSessions: async (actor) => {
      const at = await tools.records.now();
      const entry = { at, target: null, action: "end_sessions", details: {} };
      await tools.records.endSessions(actor.name, draftAudit(actor, entry));
    },
    subscribe: tools.subscribe,
  };
}
