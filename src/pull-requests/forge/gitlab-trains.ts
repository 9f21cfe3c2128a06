import type { Forge } from "./forge.ts";
import { findRefusal } from "./forge-failures.ts";
import { decodeTrainCar } from "./gitlab-answers.ts";
import { type GitlabProject, readPage } from "./gitlab-project.ts";
import { readForgePages } from "./read-forge-pages.ts";

/** A project without trains is asked again after this time, in milliseconds: they may have been switched on. */
const ASK_AGAIN_MS = 60 * 60_000;

/**
 * Reads merge trains (GitLab Premium). A project that has none answers 403, or 404 where the token does not see them; it counts as
 * one without trains for an hour then. `now`: milliseconds that never go back.
 */
export function createTrainReader(project: GitlabProject, now = () => performance.now()): Forge["listTrain"] {
  let withoutUntil = Number.NEGATIVE_INFINITY;
  return async (base) => {
    if (now() < withoutUntil) return [];
    const query = { scope: "active", sort: "asc" };
    const read = readPage(project, "listTrain", "merge_trains", query, (value) => decodeTrainCar(value, base));
    try {
      return await readForgePages(`GET ${project.path}/merge_trains`, ({ number }) => number, read);
    } catch (error) {
      const status = findRefusal(error)?.status;
      if (status !== 403 && status !== 404) throw error;
      withoutUntil = now() + ASK_AGAIN_MS;
      return [];
    }
  };
}
