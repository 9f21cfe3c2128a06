/** Work on one target: a pass over it, or a look at its pull requests. */
export interface Job {
  readonly kind: "pass" | "review";
  readonly target: string;
}

/** No target's name has a slash. */
const REVIEW = "/requests";

/** Which job it is, as queues and leases name it: a target has at most one of each kind at a time. {@link readJob} reads it back. */
export function nameJob({ kind, target }: Job): string {
  return kind === "review" ? `${target}${REVIEW}` : target;
}

/** The job of a name. */
export function readJob(name: string): Job {
  return name.endsWith(REVIEW)
    ? { kind: "review", target: name.slice(0, -REVIEW.length) }
    : { kind: "pass", target: name };
}
