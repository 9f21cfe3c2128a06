import { OperationalError } from "../model/operational-error.ts";
import type { CallForge } from "./call-forge.ts";
import { cutDescription } from "./cut-description.ts";
import { findBelow } from "./find-below.ts";
import type { CommitStatus, Permission } from "./forge.ts";
import { findRefusal } from "./forge-failures.ts";
import { decodeCollaborator } from "./gitea-answers.ts";
import { type AnswerObject, findInner, readList, readObject, readText } from "./read-answer.ts";

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
      `Gitea takes no status for the commit ${sha}: it does not have it. It was pushed away meanwhile, or belongs to another ` +
      "repository.";
    throw new OperationalError("forge_missing", message, { next: "stop", cause: error });
  }
}

/**
 * Whether somebody may write: `write`, or `none` for anybody else. Gitea tells who may be assigned, which are those who may write, to
 * each account that may write itself. What somebody may do is told to administrators of the repository alone, and asked only where
 * the assignees are refused.
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

/** What somebody may do; an account that is not there may do nothing. */
function readCollaborator({ call, path }: GiteaRepository, login: string): Promise<Permission> {
  const place = `${path}/collaborators/${encodeURIComponent(login)}/permission`;
  const find = { verb: "GET", path: place, decode: decodeCollaborator } as const;
  return findBelow(call, path, { method: "readPermission", ...find }, "none");
}

/** Whether the account administers the repository or the forge. Which scopes a token has is told to nobody who has only the token. */
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

function hasCommit({ call, path }: GiteaRepository, sha: string): Promise<boolean> {
  const find = { verb: "GET", path: `${path}/git/commits/${encodeURIComponent(sha)}`, decode: () => true } as const;
  return findBelow(call, path, { method: "setStatus", ...find }, false);
}
