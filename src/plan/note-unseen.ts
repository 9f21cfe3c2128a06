import type { Notice } from "../model/plan.ts";
import { describeScope } from "../model/settings.ts";
import type { Decisions } from "./decisions.ts";

/** Scopes named in a notice; more are counted. */
const NAMED_SCOPES = 5;

/**
 * Which scopes of settings were looked at, where the plan is about settings or takes away queues that any scope may name: no control
 * plane lists its scopes.
 */
export function noteUnseen({ input, departures, leftovers, placements }: Decisions): readonly Notice[] {
  const { live, desired } = input;
  const takesQueues = departures.size > 0 || leftovers.removals.some(({ object }) => object.kind === "queue");
  const isAbout = desired.settings.length > 0 || placements.removals.some(({ kind }) => kind === "settings");
  if (live.systems.settings !== "read" || !(takesQueues || isAbout)) return [];
  const scopes = live.settings.map(({ scope }) => describeScope(scope));
  const named = scopes.slice(0, NAMED_SCOPES).join(", ");
  const more = scopes.length > NAMED_SCOPES ? ` and ${scopes.length - NAMED_SCOPES} more` : "";
  const message = `Settings were looked at of ${named}${more}, and of no other scope: a control plane does not list them. Name others with --scope DOMAIN[/PROJECT].`;
  return [{ code: "not-looked-at", message, addresses: [] }];
}
