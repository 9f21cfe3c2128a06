import { OperationalError } from "../../model/errors/operational-error.ts";
import { nameForeign, type Redact } from "../../model/secrets/cut-foreign.ts";
import { type AnswerHeaders, readHeader } from "../../systems/http/call-json.ts";
import type { CallForge } from "./call-forge.ts";
import { cutDescription } from "./cut-description.ts";
import { findBelow } from "./find-below.ts";
import type { CommitStatus, Forge, Permission, ShownStatus } from "./forge.ts";
import { findRefusal } from "./forge-failures.ts";
import { decodePermission, decodeStatus } from "./gitlab-answers.ts";
import { pickNewestStatuses } from "./pick-newest-statuses.ts";
import { type AnswerObject, findInner, readList, readNumber, readObject, readText } from "./read-answer.ts";
import { type ForgePage, readForgePages } from "./read-forge-pages.ts";

/** A project and the way to it. */
export interface GitlabProject {
  readonly call: CallForge;
  /** After the API's base: `/projects/acme%2Fpools`. */
  readonly path: string;
}

/** The most records that GitLab gives on a page. */
const PAGE_LIMIT = 100;
const STATES = { pending: "pending", success: "success", failure: "failed", error: "failed" } as const;

/** One page of a list below the project, by GitLab's `x-next-page`. What decodes to null is left out. */
export function readPage<T>(
  { call, path }: GitlabProject,
  method: keyof Forge,
  list: string,
  query: Readonly<Record<string, string>>,
  decode: (value: unknown) => T | null,
): (page: number) => Promise<ForgePage<T>> {
  return (page) => {
    const search = new URLSearchParams({ ...query, per_page: String(PAGE_LIMIT), page: String(page) });
    return call({
      method,
      verb: "GET",
      path: `${path}/${list}?${search}`,
      decode: (value, { headers, bytes }) => ({
        records: readList(value)
          .map(decode)
          .filter((record) => record !== null),
        next: findNextPage(headers),
        bytes,
      }),
    });
  };
}

/** The login of whom the token belongs to: a bot of its own where it is a project's or a group's. */
export function readUser({ call }: GitlabProject): Promise<string> {
  const decode = (value: unknown) => readText(readObject(value), "username");
  return call({ method: "readSelf", verb: "GET", path: "/user", decode });
}

/**
 * Says something of a commit. GitLab refuses to make a pending status pending again, which is no error. It takes statuses only for
 * commits that a branch of the project holds, so none for a fork's: `forge_missing` says so.
 */
export async function setCommitStatus({ call, path }: GitlabProject, sha: string, status: CommitStatus): Promise<void> {
  const body = {
    state: STATES[status.state],
    name: status.context,
    description: cutDescription(status.description),
    ...(status.url === null ? {} : { target_url: status.url }),
    ...(status.pipeline === undefined ? {} : { pipeline_id: status.pipeline }),
  };
  const sent = { verb: "POST", path: `${path}/statuses/${encodeURIComponent(sha)}`, body } as const;
  try {
    await call({ method: "setStatus", ...sent, decode: () => undefined });
  } catch (error) {
    const words = findRefusal(error)?.words ?? "";
    if (/Cannot transition status via :enqueue from :(pending|running)/.test(words)) return;
    throw /References for commit/i.test(words) ? noBranchHolds(sha, error) : error;
  }
}

/** What a commit shows under these names. */
export async function readCommitStatuses(
  project: GitlabProject,
  sha: string,
  contexts: readonly string[],
): Promise<readonly ShownStatus[]> {
  const list = `repository/commits/${encodeURIComponent(sha)}/statuses`;
  const read = readPage(project, "readStatuses", list, {}, decodeStatus);
  try {
    const statuses = await readForgePages(`GET ${project.path}/${list}`, ({ id }) => id, read, { isReadOnce: true });
    return pickNewestStatuses(statuses, contexts);
  } catch (error) {
    if (findRefusal(error)?.status !== 404) throw error;
    return [];
  }
}

/** What a member may do, who got it from the project or from a group above; anybody else may do nothing. */
export async function readMember({ call, path }: GitlabProject, login: string): Promise<Permission> {
  const id = await call({
    method: "readPermission",
    verb: "GET",
    path: `/users?${new URLSearchParams({ username: login })}`,
    decode: (value) => {
      const found = readList(value).find((user) => readText(user, "username").toLowerCase() === login.toLowerCase());
      return found === undefined ? null : readNumber(found, "id");
    },
  });
  if (id === null) return "none";
  const member = { verb: "GET", path: `${path}/members/all/${id}`, decode: decodePermission } as const;
  return findBelow(call, path, { method: "readPermission", ...member }, "none");
}

/** Scopes of a token that a message names. */
const MOST_SCOPES = 20;

/** Scopes with which the daemon works: `api`, and what that holds. */
const NEEDED_SCOPES: ReadonlySet<unknown> = new Set([
  ...["api", "read_api", "read_user", "read_repository", "write_repository", "self_rotate"],
]);
/** The refusal of a GitLab that does not describe a token to itself. */
const WITHOUT_SELF: ReadonlySet<number> = new Set([403, 404, 405]);

/** The scopes beyond `api`, and a role beyond Developer. */
export async function readExcess({ call, path }: GitlabProject): Promise<readonly string[]> {
  const read = <T>(place: string, decode: (answer: AnswerObject, redact: Redact) => T) =>
    call({
      ...{ method: "readExcess", verb: "GET", path: place },
      decode: (value, { redact }) => decode(readObject(value), redact),
    });
  const scopes = await read("/personal_access_tokens/self", ({ scopes: given }, redact) => {
    const beyond = Array.isArray(given) ? given.filter((scope) => !NEEDED_SCOPES.has(scope)) : [];
    return beyond.slice(0, MOST_SCOPES).map((scope) => nameForeign(String(scope), redact));
  }).catch((error: unknown) => {
    if (!WITHOUT_SELF.has(findRefusal(error)?.status ?? 0)) throw error;
    return [];
  });
  const level = await read(path, (project) => {
    const given = findInner(project, "permissions");
    const levels = ["project_access", "group_access"].map((name) => findInner(given, name).access_level);
    return Math.max(0, ...levels.filter((one) => typeof one === "number"));
  });
  const role = level >= 50 ? "Owner" : "Maintainer";
  return [
    ...(level >= 40 ? [`administer the project: its role is ${role} (Developer is enough)`] : []),
    ...(scopes.length > 0 ? [`use the scopes ${scopes.join(", ")}`] : []),
  ];
}

function findNextPage(headers: AnswerHeaders): number | null {
  const next = readHeader(headers, "x-next-page");
  return next !== null && /^\d+$/.test(next) ? Number(next) : null;
}

function noBranchHolds(sha: string, cause: unknown): OperationalError {
  const message =
    `GitLab rejects the status for the commit ${sha}: no branch of the project contains it. It is a fork's, whose statuses are set in the ` +
    "fork alone, or it was removed by a force push.";
  return new OperationalError("forge_missing", message, { next: "stop", cause });
}
