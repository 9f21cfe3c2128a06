import type { CiRun, Variables } from "./ci-run.ts";
import { readActions } from "./read-actions.ts";
import { readGitlabCi } from "./read-gitlab-ci.ts";

/** Reads what `file` holds as JSON; undefined where there is no such file, or no JSON in it. */
export type ReadEvent = (file: string) => unknown;

/**
 * Which CI a job runs in, and what for, from the variables that the CI sets. Gitea's and Forgejo's runners set GitHub's names too,
 * and one more of their own. Null: in none that is known.
 */
export function readCi(env: Variables, readEvent: ReadEvent): CiRun | null {
  if (env.GITLAB_CI === "true") return readGitlabCi(env);
  if (env.GITEA_ACTIONS === "true" || env.FORGEJO_ACTIONS === "true") return readActions("gitea", env, readEvent);
  if (env.GITHUB_ACTIONS === "true") return readActions("github", env, readEvent);
  return null;
}
