import { DEFAULT_QUEUE_KEY } from "../../model/objects/settings.ts";
import { quoteNames } from "../state/find-record.ts";
import { refuse } from "../state/refuse.ts";
import type { State } from "../state/state.ts";

/** Refuses to delete a queue that is the default queue of a settings scope. */
export function checkNotDefaultQueue(state: State, queue: string): void {
  const scopes = [...state.setting.rows.values()].filter((setting) => setting.values[DEFAULT_QUEUE_KEY] === queue);
  if (scopes.length > 0) {
    const names = quoteNames(scopes.map((setting) => setting.scope || "organization"));
    throw refuse(
      "failed_precondition",
      `queue "${queue}" is ${DEFAULT_QUEUE_KEY} in settings of ${names}; change those first`,
    );
  }
}
