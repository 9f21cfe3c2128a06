import { type CiEvent, type CiRun, readNumber, readSha, readVariable, type Variables } from "./ci-run.ts";

/**
 * The description of a job in GitLab CI's predefined variables. In a pipeline of merged results the commit is one that GitLab made, and head
 * and base have variables of their own; in any other the commit is the head, and it was merged into nothing.
 */
export function readGitlabCi(env: Variables): CiRun {
  return {
    kind: "gitlab",
    url: readVariable(env, "CI_SERVER_URL"),
    repository: readVariable(env, "CI_MERGE_REQUEST_PROJECT_PATH") ?? readVariable(env, "CI_PROJECT_PATH"),
    event: readEvent(env),
    page: readVariable(env, "CI_JOB_URL") ?? readVariable(env, "CI_PIPELINE_URL"),
  };
}

function readEvent(env: Variables): CiEvent {
  const number = readNumber(env.CI_MERGE_REQUEST_IID);
  const merged = readSha(env.CI_MERGE_REQUEST_SOURCE_BRANCH_SHA);
  const head = merged ?? readSha(env.CI_COMMIT_SHA);
  if (number === null || head === null) {
    return { kind: "other", name: readVariable(env, "CI_PIPELINE_SOURCE") ?? "no merge request" };
  }
  if (env.CI_MERGE_REQUEST_EVENT_TYPE === "merge_train") {
    const [sha, pipeline] = [readSha(env.CI_COMMIT_SHA), readNumber(env.CI_PIPELINE_ID)];
    if (sha !== null)
      return { kind: "group", head: sha, base: readSha(env.CI_MERGE_REQUEST_TARGET_BRANCH_SHA), pipeline };
  }
  const base = merged === null ? null : readSha(env.CI_MERGE_REQUEST_TARGET_BRANCH_SHA);
  const origin = { repository: readVariable(env, "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH") };
  return { kind: "request", number, head, base, origin };
}
