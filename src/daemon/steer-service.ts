import { randomUUID } from "node:crypto";
import type { Pause } from "../model/daemon/daemon-records.ts";
import type { DaemonService } from "../model/daemon/daemon-service.ts";
import { writeDestination } from "../model/daemon/destination.ts";
import { createSuggestNearest } from "../model/text/suggest-nearest.ts";
import { cleanLine } from "../report/text/markdown.ts";
import { draftAudit } from "./draft-audit.ts";
import { refuse, unknownTarget } from "./refusals.ts";
import type { ServiceTools } from "./service-tools.ts";

/** Says of a pause that it holds nothing; null: it holds something, or that is not known. It is taken: the object may be about to come. */
function warnOfUnknown({ target, address }: Pause, known: ReadonlySet<string> | null): string | null {
  if (address === null || known === null || known.has(address)) return null;
  const meant = createSuggestNearest()(address, known);
  const hint = meant === undefined ? "Check the name." : `Did you mean ${meant}?`;
  return `${address} not found: in the last pass over ${target}, no manifest, plan or live object had this address. The pause has no effect until one does. ${hint}`;
}

/** What makes a target look or rest: each is on record before it is answered. */
export function createSteering({
  records,
  runners,
  wake,
}: ServiceTools): Pick<DaemonService, "pause" | "resume" | "reconcile"> {
  return {
    pause: async (target, { address, reason: given, until }, actor) => {
      const runner = runners().get(target);
      if (runner === undefined) return unknownTarget(target);
      const at = await records.now();
      if (until !== null && until <= at) return refuse("invalid", `${until} is in the past: it is now ${at}.`);
      const registered_as = address === null ? null : await runner.findRegistered(address);
      const reason = cleanLine(given);
      const pause = { id: randomUUID(), target, address, registered_as, by: actor.name, reason, at, until };
      const details = { address, reason, until };
      await records.addPause(pause, draftAudit(actor, { at, target, action: "pause", details }));
      await wake(target, "request");
      const known = address === null ? null : await runner.listKnown();
      return { ok: true, value: { ...pause, warning: warnOfUnknown(pause, known) } };
    },
    resume: async (target, { address }, actor) => {
      if (!runners().has(target)) return unknownTarget(target);
      const at = await records.now();
      const audit = draftAudit(actor, { at, target, action: "resume", details: { address } });
      const ended = await records.endPauses(target, address, audit, [...runners().keys()]);
      await wake(target, "request");
      return { ok: true, value: ended };
    },
    reconcile: async (target, destination, actor) => {
      if (!runners().has(target)) return unknownTarget(target);
      const [id, at] = [randomUUID(), await records.now()];
      const details = { revision: writeDestination(destination) };
      const audit = draftAudit(actor, { at, target, action: "reconcile", details });
      await records.addRequest({ id, target, by: actor.name, at, destination }, audit);
      const given = { id, at: await records.now() };
      await wake(target, "request");
      return { ok: true, value: given };
    },
  };
}
