import { OperationalError } from "../../model/errors/operational-error.ts";
import { readHeader } from "../../systems/http/call-json.ts";
import type { CallForge } from "./call-forge.ts";
import { cutDescription } from "./cut-description.ts";
import { findBelow } from "./find-below.ts";
import type { CommitStatus, Permission, ShownStatus } from "./forge.ts";
import { findRefusal } from "./forge-failures.ts";
import { decodeCollaborator, decodeStatus } from "./gitea-answers.ts";
import { pickNewestStatuses } from "./pick-newest-statuses.ts";
import { type AnswerObject, findInner, readList, readObject, readText } from "./read-answer.ts";
import { type ForgePage, readForgePages } from "./read-forge-pages.ts";

/** A repository and the way to it. */
export interface GiteaRepository {
  readonly call: CallForge;
  /** After the API's base: `/repos/acme/pools`. */
  readonly path: string;
}

/** The login of whom the token belongs to. */
export function readUser({ call }: GiteaRepository): Promise<string> {
  const decode = (value: unknown) => readText(readObject(value), "login");
  return call({ method: "readSelf", verb: "GET", path: "/user", decode });
}

/** Says something of a commit. Gitea fails inside for a commit that it does not have: that is looked up, and is `forge_missing`. */
export async function setCommitStatus(
  repository: GiteaRepository,
  sha: string,
  { context, state, description, url }: CommitStatus,
): Promise<void> {
  const { call, path } = repository;
  const body = { state, context, description: cutDescription(description), target_url: url ?? "" };
  const place = `${path}/statuses/${encodeURIComponent(sha)}`;
  try {
    await call({ method: "setStatus", verb: "POST", path: place, body, decode: () => undefined });
  } catch (error) {
    if (findRefusal(error)?.status !== 500 || (await hasCommit(repository, sha))) throw error;
    const message =
      `Gitea rejects the status for the commit ${sha}: commit not found. It was removed by a force push, or belongs to another ` +
      "repository.";
    throw new OperationalError("forge_missing", message, { next: "stop", cause: error });
  }
}

/** What a commit shows under these names. */
export async function readCommitStatuses(
  { call, path }: GiteaRepository,
  sha: string,
  contexts: readonly string[],
): Promise<readonly ShownStatus[]> {
  const place = `${path}/commits/${encodeURIComponent(sha)}/statuses`;
  let seen = 0;
  const read = (page: number) =>
    findBelow<ForgePage<ShownStatus>>(
      call,
      path,
      {
        method: "readStatuses",
        verb: "GET",
        path: `${place}?sort=highestindex&limit=${PAGE_LIMIT}&page=${page}`,
        decode: (value, { headers, bytes }) => {
          const records = readList(value).map(decodeStatus);
          seen += records.length;
          const total = readHeader(headers, "x-total-count");
          const isLast = records.length === 0 || (total !== null && seen >= Number(total));
          return { records, next: isLast ? null : page + 1, bytes };
        },
      },
      { records: [], next: null, bytes: 0 },
    );
  const statuses = await readForgePages(`GET ${place}`, ({ id }) => id, read, { isReadOnce: true });
  return pickNewestStatuses(statuses, contexts);
}

/** The most that Gitea gives, unless its administrator says less. */
const PAGE_LIMIT = 50;

/**
 * Whether an account may write: `write`, or `none` otherwise. Gitea lists who may be assigned, which are those who may write, to each
 * account that may write itself. The rights of one account are shown to administrators of the repository alone, and asked for only where the
 * assignees are refused.
 */
export async function readWriter(repository: GiteaRepository, login: string): Promise<Permission> {
  const { call, path } = repository;
  const wanted = login.toLowerCase();
  const decode = (value: unknown) => readList(value).some((user) => readText(user, "login").toLowerCase() === wanted);
  try {
    const isWriter = await call({ method: "readPermission", verb: "GET", path: `${path}/assignees`, decode });
    return isWriter ? "write" : "none";
  } catch (error) {
    if (!WITHOUT_ASSIGNEES.has(findRefusal(error)?.status ?? 0)) throw error;
    return readCollaborator(repository, login);
  }
}

/** How a Gitea refuses that has no such list, or does not show it to this token. */
const WITHOUT_ASSIGNEES: ReadonlySet<number> = new Set([403, 404, 405]);

/** The rights of an account; a missing account has none. */
function readCollaborator({ call, path }: GiteaRepository, login: string): Promise<Permission> {
  const place = `${path}/collaborators/${encodeURIComponent(login)}/permission`;
  const find = { verb: "GET", path: place, decode: decodeCollaborator } as const;
  return findBelow(call, path, { method: "readPermission", ...find }, "none");
}

/** Whether the account administers the repository or the forge. Gitea does not report a token's scopes to the token itself. */
export async function readExcess({ call, path }: GiteaRepository): Promise<readonly string[]> {
  const read = (place: string, decode: (answer: AnswerObject) => boolean) =>
    call({ method: "readExcess", verb: "GET", path: place, decode: (value) => decode(readObject(value)) });
  const isSiteAdmin = await read("/user", ({ is_admin }) => is_admin === true);
  const isAdmin = await read(path, (answer) => findInner(answer, "permissions").admin === true);
  return [
    ...(isAdmin ? ["administer the repository: change the protection of its branches and add collaborators"] : []),
    ...(isSiteAdmin ? ["administer the whole forge"] : []),
  ];
}

/**
 * Whether Gitea names as merger only who merged. With "Autodetect manual merge" it takes a push for a merge, by the account of the commit
 * author's e-mail address, or else by the repository's owner (its `services/pull/check.go`), and its API does not distinguish such a merge
 * from another one. A Gitea that does not say whether that is on proves nothing.
 */
export function provesMergers({ call, path }: GiteaRepository): Promise<boolean> {
  const decode = (value: unknown) => readObject(value).autodetect_manual_merge === false;
  return call({ method: "provesMergers", verb: "GET", path, decode });
}

function hasCommit({ call, path }: GiteaRepository, sha: string): Promise<boolean> {
  const find = { verb: "GET", path: `${path}/git/commits/${encodeURIComponent(sha)}`, decode: () => true } as const;
  return findBelow(call, path, { method: "setStatus", ...find }, false);
}
