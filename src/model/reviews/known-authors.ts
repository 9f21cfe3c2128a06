import type { ChangeAuthors } from "./change-authors.ts";

/** A request, and whose change it is. */
export interface RequestAuthor {
  readonly number: number;
  /** The login of who opened it. */
  readonly author: string;
  /** Left out: it is not known yet whose its commits are, as in what an older release wrote. */
  readonly authors?: ChangeAuthors;
}

/**
 * Whose requests a branch got: what the forge said when it was asked about every commit from one revision up to others. Of commits that came
 * later nothing is known.
 */
export interface KnownAuthors {
  readonly target: string;
  /**
   * What the forge was asked about: its place, the branch and the folder. Of another one nothing is known. Left out in what an older release
   * wrote, of which nothing is known either.
   */
  readonly of?: string;
  /** The revision that the target had applied in full then, or else the one that it looked at first. */
  readonly from: string;
  /** The branch's newest revision then, and the one that the target was held at. */
  readonly revisions: readonly string[];
  readonly requests: readonly RequestAuthor[];
}
