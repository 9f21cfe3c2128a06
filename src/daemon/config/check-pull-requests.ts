import { formatPath } from "../../manifests/problems/format-value.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import { DEFAULT_STATUS_NAME, findForge } from "./build-pull-requests.ts";
import { DEFAULT_BRANCH } from "./build-source.ts";
import { type ConfigFile, type Draft, type Placed, placeTargets, type RepositoryInFile } from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";

/**
 * Finds pull requests that could not be found on their forge, or for which there are no credentials, and branches of one repository that share
 * their statuses.
 */
export function checkPullRequests(
  file: Draft<ConfigFile>,
  isSound: (path: NodePath) => boolean,
): readonly ConfigFinding[] {
  const repositories = placeTargets(file).flatMap(({ value: { repository, name }, path }) =>
    repository?.pull_requests === undefined
      ? []
      : [{ value: repository, path: [...path, "repository"], name: name ?? formatPath(path) }],
  );
  return [
    ...repositories.flatMap(({ value, path }) => checkOne(value, path, isSound)),
    ...findSharedStatuses(repositories),
  ];
}

/** A status is of a commit: where a request of it goes to another branch, what is not planned there is not green here. */
function findSharedStatuses(
  repositories: readonly (Placed<Draft<RepositoryInFile>> & { readonly name: string })[],
): readonly ConfigFinding[] {
  const first = new Map<string, { readonly branch: string; readonly name: string }>();
  return repositories.flatMap(({ value, path, name }): readonly ConfigFinding[] => {
    const place = findForge(value);
    if (place === undefined) return [];
    const { forge, status_name = DEFAULT_STATUS_NAME } = value.pull_requests ?? {};
    const branch = value.branch ?? DEFAULT_BRANCH;
    const key = JSON.stringify([forge, (place.url ?? "").toLowerCase(), place.repository.toLowerCase(), status_name]);
    const other = first.get(key);
    if (other === undefined) first.set(key, { branch, name });
    if (other === undefined || other.branch === branch) return [];
    const names = `${quoteText(other.name)} and ${quoteText(name)}`;
    const summary = `Targets ${names} set statuses of one name, ${quoteText(status_name)}, for two branches of one repository`;
    const at = status_name === value.pull_requests?.status_name ? ["status_name"] : [];
    return [{ code: "config-shared-statuses", path: [...path, "pull_requests", ...at], part: "key", summary }];
  });
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
