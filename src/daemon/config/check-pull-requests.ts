import { formatPath } from "../../manifests/problems/format-value.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { findForge } from "./build-pull-requests.ts";
import { type ConfigFile, type Draft, placeTargets, type RepositoryInFile } from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";

/** Finds pull requests that could not be found on their forge, or for which there are no credentials. */
export function checkPullRequests(
  file: Draft<ConfigFile>,
  isSound: (path: NodePath) => boolean,
): readonly ConfigFinding[] {
  return placeTargets(file).flatMap(({ value: { repository }, path }) =>
    repository?.pull_requests === undefined ? [] : checkOne(repository, [...path, "repository"], isSound),
  );
}

function checkOne(
  repository: Draft<RepositoryInFile>,
  path: NodePath,
  isSound: (path: NodePath) => boolean,
): readonly ConfigFinding[] {
  const place = [...path, "pull_requests"];
  const { token, app, forge } = repository.pull_requests ?? {};
  const code = "config-no-forge";
  const field = `"${formatPath(place)}"`;
  const isTold = [[...path, "url"], place, [...place, "url"], [...place, "repository"]].every(isSound);
  const isProven = [[...path, "token"], place, [...place, "token"], [...place, "app"]].every(isSound);
  const lost: ConfigFinding = {
    ...{
      code,
      path: place,
      part: "key",
      summary: `${field}: the forge can't be derived from the repository's address`,
    },
    detail: "Add url, the forge's address, and repository, its name there.",
  };
  const unproven: ConfigFinding = {
    ...{ code, path: place, part: "key", summary: `${field} has no token, and neither has the repository` },
    detail: "Add token, or app on GitHub.",
  };
  const foreign: ConfigFinding = {
    ...{
      code,
      path: [...place, "app"],
      part: "key",
      summary: `${field} names an App, which ${forge} does not support`,
    },
    detail: "Use token instead.",
  };
  return [
    ...(isTold && findForge(repository) === undefined ? [lost] : []),
    ...(isProven && token === undefined && app === undefined && repository.token === undefined ? [unproven] : []),
    ...(app !== undefined && forge !== undefined && forge !== "github" ? [foreign] : []),
  ];
}
