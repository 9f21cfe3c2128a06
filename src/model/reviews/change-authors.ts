/** The version of the rule by which the authors of a change are found. Higher once a rule finds others: what was recorded by another one is asked again. */
export const AUTHORS_RULE = 2;

/** Whose change a request is, as of one of its commits: they do not approve it where self-approval is disabled. */
export interface ChangeAuthors {
  /** The {@link AUTHORS_RULE} then; left out by releases whose rule had no version. */
  readonly rule?: number;
  /** The request's newest commit then. */
  readonly head: string;
  /** The request's `updated_at` then: a push that the forge reports later moves it. */
  readonly moved: string;
  /** When the forge was asked, by the store's clock. */
  readonly at: string;
  /** Logins, each once: who opened it, who its commits are by, and who pushed them. */
  readonly logins: readonly string[];
  /** Why there may be others, as a clause for messages; left out: there are none. */
  readonly unknown?: string;
}
