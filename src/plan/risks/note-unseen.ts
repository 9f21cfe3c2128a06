import { describeScope, type SettingsScope } from "../../model/objects/settings.ts";
import type { Notice } from "../../model/plan/plan.ts";
import { listSome } from "../../model/text/list-some.ts";
import type { Decisions } from "../decide/decisions.ts";

/** Scopes named in a notice; more are counted. */
const NAMED_SCOPES = 5;

/**
 * Which scopes of settings were looked at, where the plan is about settings or takes away queues that any scope may name. And, always, of which the token has no right to read them: runs there may be in any queue.
 */
export function noteUnseen(decisions: Decisions): readonly Notice[] {
  const { live } = decisions.input;
  return [
    ...(live.systems.settings === "read" && isAboutSettings(decisions)
      ? [
          note(
            live.scope_list === "read"
              ? "Settings were read for the organization, and for every domain and project that the control plane lists."
              : `Settings were read for ${listScopes(live.settings.map(({ scope }) => scope))}, and for no other scope. To add others, pass DOMAIN[/PROJECT] with --scope, or in control_plane.scopes of the daemon's configuration.`,
          ),
        ]
      : []),
    ...(live.unreadable_scopes.length > 0
      ? [
          note(
            `Permission denied for the settings of ${listScopes(live.unreadable_scopes)}: whether they name a queue that this plan removes or moves is unknown.`,
          ),
        ]
      : []),
  ];
}

function isAboutSettings({ input, departures, leftovers, placements }: Decisions): boolean {
  const takesQueues = departures.size > 0 || leftovers.removals.some(({ object }) => object.kind === "queue");
  const removes = placements.removals.some(({ write }) => write.kind === "settings");
  return takesQueues || removes || input.desired.settings.length > 0;
}

function note(message: string): Notice {
  return { code: "not-looked-at", message, addresses: [] };
}

/** Scopes by name; of many the first ones. */
export function listScopes(scopes: readonly SettingsScope[]): string {
  return listSome(scopes.map(describeScope), NAMED_SCOPES);
}
