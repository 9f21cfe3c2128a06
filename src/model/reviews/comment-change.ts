/** A change of a comment on a request, as reported by a forge's webhook with a valid signature. */
export type CommentChange =
  | {
      /** The repository's name there, with its owner or groups: a webhook may be of a whole organization. */
      readonly repository: string;
      /** The comment's id. */
      readonly comment: string;
      /** The request's number. */
      readonly number: number;
      /** The login of who did it. */
      readonly by: string;
      readonly how: "edited" | "deleted";
    }
  | WrittenComment;

/** A comment as it was when the delivery was made: on Gitea as it was written, as it makes the delivery in the call that writes it; elsewhere a little later. */
export interface WrittenComment {
  /** As of a {@link CommentChange}. */
  readonly repository: string;
  readonly comment: string;
  /** The login of its author. */
  readonly by: string;
  readonly how: "written";
  /** The beginning of its text. */
  readonly said: string;
  /** The request's number. */
  readonly number: number;
  /** When it was written, by the forge's clock; ISO 8601 in UTC. */
  readonly written: string;
}
