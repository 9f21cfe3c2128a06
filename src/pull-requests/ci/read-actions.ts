import type { ForgeKind } from "../../model/daemon/forge-kind.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";
import {
  type CiEvent,
  type CiRun,
  type RunOrigin,
  readNumber,
  readSha,
  readVariable,
  type Variables,
} from "./ci-run.ts";
import type { ReadEvent } from "./read-ci.ts";

/** The description of a job in the Actions of GitHub, Gitea or Forgejo: by variables, and by the file that holds the event's payload. */
export function readActions(kind: ForgeKind, env: Variables, readEvent: ReadEvent): CiRun {
  const server = readVariable(env, "GITHUB_SERVER_URL");
  const url = server === null ? null : dropTrailing(server, "/");
  const repository = readVariable(env, "GITHUB_REPOSITORY");
  const run = readVariable(env, "GITHUB_RUN_ID");
  const file = readVariable(env, "GITHUB_EVENT_PATH");
  return {
    ...{ kind, url, repository },
    event: readPayload(file === null ? undefined : readEvent(file), env),
    page: url === null || repository === null || run === null ? null : `${url}/${repository}/actions/runs/${run}`,
  };
}

function readPayload(payload: unknown, env: Variables): CiEvent {
  const other: CiEvent = { kind: "other", name: readVariable(env, "GITHUB_EVENT_NAME") ?? "no pull request" };
  const request = readField(payload, "pull_request");
  const run = readField(payload, "workflow_run");
  const group = readField(payload, "merge_group");
  if (group !== undefined) return readGroup(group) ?? other;
  if (request !== undefined) return readRequest(request, env) ?? other;
  return run === undefined ? other : (readRun(run) ?? other);
}

function readRequest(request: unknown, env: Variables): CiEvent | null {
  const number = readNumber(readField(request, "number"));
  const from = readField(request, "head");
  const head = readSha(readField(from, "sha"));
  if (number === null || head === null) return null;
  const base = isMerged(env) ? readSha(readField(readField(request, "base"), "sha")) : null;
  return { kind: "request", number, head, base, origin: readOrigin(readField(from, "repo")) };
}

function readGroup(group: unknown): CiEvent | null {
  const head = readSha(readField(group, "head_sha"));
  return head === null ? null : { kind: "group", head, base: readSha(readField(group, "base_sha")), pipeline: null };
}

/** GitHub hands out the head merged into the base (`refs/pull/7/merge`); Gitea hands out the head, and has no such commit. */
function isMerged(env: Variables): boolean {
  return /^refs\/pull\/\d+\/merge$/.test(env.GITHUB_REF ?? "");
}

/** A run of anything but a request (a push, a schedule) has nothing to say on one. */
function readRun(run: unknown): CiEvent | null {
  const head = readSha(readField(run, "head_sha"));
  if (head === null || readField(run, "event") !== "pull_request") return null;
  const branch = readField(run, "head_branch");
  const page = readField(run, "html_url");
  return {
    ...{ kind: "after_run", head },
    branch: typeof branch === "string" ? branch : null,
    origin: readOrigin(readField(run, "head_repository")),
    page: typeof page === "string" && /^https?:\/\//.test(page) ? page : null,
  };
}

function readOrigin(repository: unknown): RunOrigin {
  const name = readField(repository, "full_name");
  return { repository: typeof name === "string" && name !== "" ? name : null };
}

function readField(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value));
  return fields[name];
}
