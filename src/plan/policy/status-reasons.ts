import type { State } from "../../model/passes/status.ts";

/**
 * Every reason that a status can have, and the state that it means. Their order is the precedence: of several that apply, the first is
 * reported. What hides everything else comes first, then what needs a person, then what continues by itself.
 */
export const STATUS_REASONS = {
  StoreUnavailable: "Inconclusive",
  NotLookedAt: "Inconclusive",
  RateLimited: "Inconclusive",
  AccessDenied: "Inconclusive",
  SourceUnreachable: "Inconclusive",
  ControlPlaneUnreachable: "Inconclusive",
  InsufficientResources: "Inconclusive",
  RevisionRefused: "Invalid",
  ManifestsInvalid: "Invalid",
  CheckFailed: "Failed",
  ChangeRefused: "Failed",
  StepFailed: "Failed",
  TooCostly: "Failed",
  PassFailed: "Failed",
  TargetPaused: "Paused",
  ApprovalNeeded: "AwaitingApproval",
  Rejected: "AwaitingApproval",
  Retrying: "OutOfSync",
  Interrupted: "OutOfSync",
  Applying: "OutOfSync",
  WorkInFlight: "Waiting",
  OperatorAwaited: "Waiting",
  Frozen: "Paused",
  WindowClosed: "Paused",
  ObjectPaused: "Paused",
  LeftBehind: "OutOfSync",
  DriftContested: "OutOfSync",
  Drift: "OutOfSync",
  DriftUnconfirmed: "OutOfSync",
  Pinned: "Synced",
  DriftIgnored: "Synced",
  NothingToDo: "Synced",
} as const satisfies Record<string, State>;

/** One of {@link STATUS_REASONS}. */
export type StatusReason = keyof typeof STATUS_REASONS;

/** Those with which a target is out of sync as its passes do not get through: the next one runs by itself. */
export const STILL_TRYING: ReadonlySet<string> = new Set<StatusReason>(["Retrying", "Interrupted"]);
