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
