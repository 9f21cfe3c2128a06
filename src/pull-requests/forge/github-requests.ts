import type { GithubClient } from "./create-github-client.ts";
import { findGithubMerger } from "./find-github-merger.ts";
import { findLeftMerge } from "./find-left-merge.ts";
import type { Forge } from "./forge.ts";
import { nullIfMissing } from "./null-if-missing.ts";
import { proposeGithubRequest } from "./propose-github-request.ts";
import { type GithubPull, readGithubRequest } from "./read-github-request.ts";

/** What GitHub gives a page at most. */
const PER_PAGE = 100;

/** Pull requests of one repository on GitHub. */
export function createGithubRequests(
  client: GithubClient,
  repository: { readonly owner: string; readonly repo: string },
): Pick<Forge, "listOpen" | "readRequest" | "listMergedLately" | "findMerged" | "readLeftMerge" | "proposeRequest"> {
  const name = `${repository.owner}/${repository.repo}`;
  return {
    listOpen: async (base) => {
      const pulls = await client.list("listOpen", (octokit, request, page) =>
        octokit.rest.pulls.list({
          ...repository,
          base,
          state: "open",
          sort: "created",
          direction: "asc",
          per_page: PER_PAGE,
          page,
          request,
        }),
      );
      // A request that is closed meanwhile moves the pages: the same one may come twice.
      const byNumber = new Map(pulls.map((pull) => [pull.number, readGithubRequest(pull, name)]));
      return [...byNumber.values()].sort((one, other) => one.number - other.number);
    },

    readRequest: (number) =>
      nullIfMissing(async () => {
        const pull = await client.read("readRequest", (octokit, request) =>
          octokit.rest.pulls.get({ ...repository, pull_number: number, request }),
        );
        const found = readGithubRequest(pull, name);
        if (found.merged === null) return found;
        const by = await findGithubMerger(client, repository, { number, by: found.merged.by });
        return { ...found, merged: { ...found.merged, by } };
      }),

    listMergedLately: async (base) => {
      const closed = await listClosedLately(client, repository, base);
      return closed
        .filter((pull) => pull.base.ref === base && pull.merged_at != null)
        .map((pull) => readGithubRequest(pull, name));
    },

    findMerged: async (base, commit) => {
      const isIt = (pull: GithubPull) =>
        pull.base.ref === base && pull.merged_at != null && pull.merge_commit_sha === commit;
      const byCommit = await nullIfMissing(() =>
        client.list("findMerged", (octokit, request, page) =>
          octokit.rest.repos.listPullRequestsAssociatedWithCommit({
            ...{ ...repository, commit_sha: commit, per_page: PER_PAGE, page, request },
          }),
        ),
      );
      const found = byCommit?.find(isIt);
      return found === undefined ? null : readGithubRequest(found, name);
    },

    readLeftMerge: async (number) => {
      const events = await client.list("readLeftMerge", (octokit, request, page) =>
        octokit.rest.issues.listEvents({ ...repository, issue_number: number, per_page: PER_PAGE, page, request }),
      );
      const found = findLeftMerge(
        events.map(({ id, event, created_at }) => ({
          id,
          left: LEAVING[event] ?? null,
          at: new Date(created_at).toISOString(),
        })),
      );
      if (found !== null) return found;
      const pull = await client.read("readLeftMerge", (octokit, request) =>
        octokit.rest.pulls.get({ ...repository, pull_number: number, request }),
      );
      // Where the events do not tell, the request does, and not since when.
      return pull.auto_merge == null ? null : { at: null };
    },

    proposeRequest: (draft) => proposeGithubRequest(client, repository, draft),
  };
}

/** GitHub's events of a request, with whether they leave its merge to GitHub. */
const LEAVING: Readonly<Record<string, boolean>> = {
  auto_merge_enabled: true,
  auto_squash_enabled: true,
  auto_rebase_enabled: true,
  added_to_merge_queue: true,
  auto_merge_disabled: false,
  removed_from_merge_queue: false,
};

/** Those that were closed or commented on last, the first page of them. */
function listClosedLately(
  client: GithubClient,
  repository: { readonly owner: string; readonly repo: string },
  base: string,
): Promise<readonly GithubPull[]> {
  return client.read("listMergedLately", (octokit, request) =>
    octokit.rest.pulls.list({
      ...{
        ...repository,
        base,
        state: "closed",
        sort: "updated",
        direction: "desc",
        per_page: PER_PAGE,
        page: 1,
        request,
      },
    }),
  );
}
