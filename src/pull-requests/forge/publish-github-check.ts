import type { Annotation } from "../../model/diagnostics/annotation.ts";
import { type GithubRepository, hasStatus } from "./call-github.ts";
import type { CheckRun } from "./forge.ts";
import { readNumber, readObject } from "./read-answer.ts";

/** GitHub takes so many annotations with one call; further calls add to the same run. */
const ANNOTATIONS_PER_CALL = 50;
/** Calls for one run at most: what is beyond is in the summary's count. */
const MOST_CALLS = 10;
const MOST_SUMMARY = 65_535;
const MOST_TITLE = 255;

/** How GitHub says that only Apps, and the tokens of its Actions, have check runs, or that these have not been given any. */
const NO_CHECKS = /not accessible by|authenticate via a GitHub App/i;

/**
 * Publishes a check run with all its annotations, up to 500 of them. False: the credentials can't have check runs. Throws
 * OperationalErrors by the codes of `Forge`.
 */
export async function publishGithubCheck(
  { call, path }: GithubRepository,
  sha: string,
  check: CheckRun,
): Promise<boolean> {
  const shown = check.annotations.slice(0, ANNOTATIONS_PER_CALL * MOST_CALLS);
  const output = { title: check.title.slice(0, MOST_TITLE), summary: summarise(check, shown.length) };
  const runs = `${path}/check-runs`;
  const create = () =>
    call({
      ...{ method: "publishCheck", verb: "POST", path: runs, creates: true },
      body: {
        name: check.name,
        head_sha: sha,
        status: "completed",
        conclusion: check.conclusion,
        ...(check.url === null ? {} : { details_url: check.url }),
        output: { ...output, annotations: shown.slice(0, ANNOTATIONS_PER_CALL).map(toGithub) },
      },
      decode: (value) => readNumber(readObject(value), "id"),
    });
  let id: number;
  try {
    id = await create();
  } catch (error) {
    if (!hasStatus(error, 403, NO_CHECKS) && !hasStatus(error, 404)) throw error;
    return false;
  }
  for (let start = ANNOTATIONS_PER_CALL; start < shown.length; start += ANNOTATIONS_PER_CALL) {
    const annotations = shown.slice(start, start + ANNOTATIONS_PER_CALL).map(toGithub);
    const sent = { verb: "PATCH", path: `${runs}/${id}`, body: { output: { ...output, annotations } } } as const;
    // Each call adds to the run: twice would mark twice.
    await call({ method: "publishCheck", ...sent, creates: true, decode: () => undefined });
  }
  return true;
}

function summarise({ summary, annotations }: CheckRun, shown: number): string {
  const rest = annotations.length - shown;
  const note = rest === 0 ? "" : `\n\n${rest} more are not annotated in the files.`;
  return summary.slice(0, MOST_SUMMARY - note.length) + note;
}

function toGithub({ path, line, level, title, message }: Annotation) {
  const place = { path, start_line: line, end_line: line };
  return { ...place, annotation_level: level, title: title.slice(0, MOST_TITLE), message };
}
