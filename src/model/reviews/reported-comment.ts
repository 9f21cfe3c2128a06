/**
 * A comment with a deciding command, as reported by the forge's webhook when it was written. Later changes of the comment do not change
 * this record.
 */
export interface ReportedComment {
  /** The repository on its forge. */
  readonly place: string;
  /** The comment's id, and when it was written, by the forge's clock; ISO 8601 in UTC. */
  readonly comment: string;
  readonly written: string;
  /** The request's number. */
  readonly number: number;
  /** The login of its author. */
  readonly by: string;
  /** The beginning of its text. */
  readonly said: string;
  /** When it was taken, by the store's clock. */
  readonly at: string;
}

/** The accounts that have shown that they may decide about requests: those that are named, and those that have decided something of a target. */
export interface Deciders {
  readonly approvers: readonly string[];
  readonly targets: readonly string[];
}

/** No account is known to have the right. */
export const NO_DECIDERS: Deciders = { approvers: [], targets: [] };

/** An account that has decided about a request, and when that was reported last. */
export type Reporter = Pick<ReportedComment, "place" | "number" | "by" | "at">;
