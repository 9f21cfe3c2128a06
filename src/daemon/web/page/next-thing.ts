import type { TargetOverview } from "../../../model/daemon-service.ts";

/** The next action on a target, and its link. */
export interface NextThing {
  readonly text: string;
  readonly href: string;
}

/** The next action by the target's state; null: none. */
export function nextThing({ target, status, last_pass, pauses }: TargetOverview): NextThing | null {
  const page = `/targets/${target}`;
  const pass = last_pass === null ? page : `/passes/${encodeURIComponent(last_pass.id)}`;
  switch (status.state) {
    case "AwaitingApproval":
      return { text: "Review the plan", href: `${page}#plan` };
    case "OutOfSync":
      return { text: "See the drift", href: `${page}#plan` };
    case "Waiting":
      return { text: "See what it waits for", href: `${page}#steps` };
    case "Paused":
      return { text: "See why it is paused", href: pauses.length > 0 ? `${page}#pauses` : `${page}#plan` };
    case "Invalid":
      return { text: "See the errors", href: pass };
    case "Failed":
      return { text: "See what failed", href: pass };
    case "Inconclusive":
      return { text: "See what is unreachable", href: pass };
    case "Synced":
      return null;
  }
}
