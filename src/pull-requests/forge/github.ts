import { type GithubRepository, hasStatus, openGithubRepository } from "./call-github.ts";
import { cutDescription } from "./cut-description.ts";
import type { Forge, ForgeOptions, Permission } from "./forge.ts";
import { decodeGithubStatus } from "./github-answers.ts";
import { createGithubComments } from "./github-comments.ts";
import { createGithubRequests } from "./github-requests.ts";
import { locatePlace } from "./locate-place.ts";
import { nullIfMissing } from "./null-if-missing.ts";
import { pickNewestStatuses } from "./pick-newest-statuses.ts";
import { publishGithubCheck } from "./publish-github-check.ts";
import { readObject, readText } from "./read-answer.ts";
import { readGithubExcess } from "./read-github-excess.ts";
import { rememberSelf } from "./remember-self.ts";

const MOST_COMMENT = 65_536;
/** Who the token of a workflow's run is; it may not ask. */
const ACTIONS = "github-actions[bot]";
/** From `permission`, into which GitHub maps maintain to write, triage to read, and custom roles to their base role. */
const PERMISSIONS: ReadonlyMap<string, Permission> = new Map([
  ["admin", "admin"],
  ["write", "write"],
  ["read", "read"],
]);

/**
 * GitHub, its Enterprise Server too, as a token or an App's installation. The first call reports configuration errors, except for an invalid
 * address.
 */
export function openGithub(options: ForgeOptions): Forge {
  const repository = openGithubRepository(options);
  const { call, list, path } = repository;
  /** The token that was refused check runs: it is not tried again. */
  let withoutChecks: string | null = null;

  const self = rememberSelf(options.access, () => readSelf(repository, options));
  return {
    kind: "github",
    place: locatePlace(options),
    maxComment: MOST_COMMENT,
    now: repository.now,
    readSelf: self,
    ...createGithubRequests(repository),
    ...createGithubComments(repository, self),

    setStatus: async (sha, { context, state, description, url }) => {
      const status = {
        context,
        state,
        description: cutDescription(description),
        ...(url === null ? {} : { target_url: url }),
      };
      const sent = { verb: "POST", path: `${path}/statuses/${encodeURIComponent(sha)}`, body: status } as const;
      await call({ method: "setStatus", ...sent, creates: true, decode: () => undefined });
    },

    readStatuses: async (sha, contexts) => {
      const below = `/commits/${encodeURIComponent(sha)}/statuses`;
      const statuses = await nullIfMissing(() =>
        list("readStatuses", below, decodeGithubStatus, ({ id }) => id, { isReadOnce: true }),
      );
      return pickNewestStatuses(statuses ?? [], contexts);
    },

    listTrain: async () => [],

    publishCheck: async (sha, check) => {
      const token = options.access.kind === "token" ? options.access.token() : null;
      if (token !== null && token === withoutChecks) return false;
      const isPublished = await publishGithubCheck(repository, sha, check);
      if (!isPublished) withoutChecks = token;
      return isPublished;
    },

    readPermission: async (login) => {
      const permission = await nullIfMissing(() =>
        call({
          ...{ method: "readPermission", verb: "GET" },
          path: `${path}/collaborators/${encodeURIComponent(login)}/permission`,
          decode: (value) => readText(readObject(value), "permission"),
        }),
      );
      return permission === null ? "none" : (PERMISSIONS.get(permission) ?? "none");
    },

    provesMergers: async () => true,
    countsContained: true,
    readExcess: () => readGithubExcess(repository, options),
    close: () => repository.close(),
  };
}

async function readSelf({ call }: GithubRepository, { access }: ForgeOptions): Promise<string> {
  if (access.kind === "app") {
    const decode = (value: unknown) => readText(readObject(value), "slug");
    return `${await call({ method: "readSelf", verb: "GET", path: "/app", asApp: true, decode })}[bot]`;
  }
  const decode = (value: unknown) => readText(readObject(value), "login");
  try {
    return await call({ method: "readSelf", verb: "GET", path: "/user", decode });
  } catch (error) {
    if (!hasStatus(error, 403, /not accessible by integration/i)) throw error;
    return ACTIONS;
  }
}
