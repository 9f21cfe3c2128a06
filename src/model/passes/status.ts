/** What a target is in, for people, metrics and the API. */
export const STATES = [
  "Synced",
  "OutOfSync",
  "Waiting",
  "AwaitingApproval",
  "Paused",
  "Invalid",
  "Failed",
  "Inconclusive",
] as const;
export type State = (typeof STATES)[number];

/** A target's status: computed from the facts of its last pass, once, and the same in every output. */
export interface Status {
  readonly state: State;
  /** One word, stable for scripts: `NothingToDo`, `Drift`, `WindowClosed`, `CheckFailed`, `SourceUnreachable` and the like. */
  readonly reason: string;
  /** For people: what it is about and what to do. */
  readonly message: string;
  /** Since when state and reason are these, ISO 8601 in UTC. */
  readonly since: string;
}
