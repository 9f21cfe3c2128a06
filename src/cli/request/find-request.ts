import { readFileSync } from "node:fs";
import type { ForgeKind } from "../../model/daemon/forge-kind.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { type CiEvent, type CiRun, type RunOrigin, readSha, type Variables } from "../../pull-requests/ci/ci-run.ts";
import { readCi } from "../../pull-requests/ci/read-ci.ts";
import { usage } from "../options/plan-options.ts";
import { readRequestFile } from "./request-file.ts";

/** What the command line says of the request; what is left out comes from the CI. */
export interface RequestFlags {
  readonly forge?: ForgeKind | undefined;
  readonly forgeUrl?: string | undefined;
  readonly repository?: string | undefined;
  readonly number?: number | undefined;
  readonly head?: string | undefined;
  readonly base?: string | undefined;
  /** File that the job of a fork has left. */
  readonly metadata?: string | undefined;
}

/** The request to comment on. */
export interface FoundRequest {
  readonly kind: ForgeKind;
  readonly url: string | null;
  /** The forge that the job runs on; null: in no CI that is known. */
  readonly ciUrl: string | null;
  readonly repository: string;
  readonly number: number;
  readonly head: string;
  readonly base: string | null;
  /** The branch that the forge says the run was of; null: it says nothing. */
  readonly branch: string | null;
  /** The repository that the forge says the run's commit is in; null: it says nothing, or it need not. */
  readonly origin: RunOrigin | null;
  /** Where the job, or the one that planned, has its log and artefacts. */
  readonly page: string | null;
  /** False: number, base and results are the word of a job that a fork may have written. */
  readonly trusted: boolean;
}

/** A commit of a merge queue, which gets a status and no comment. */
export interface FoundGroup extends Omit<FoundRequest, "number" | "branch" | "origin" | "trusted"> {
  /** GitLab's pipeline that the status counts in. */
  readonly pipeline: number | null;
}

/** Why there is nothing to comment on, where that is no mistake. */
export interface NoRequest {
  readonly none: string;
}

/**
 * Finds the request that a job runs for: flags, then the variables of the CI. With a file of metadata, the number comes from it and the
 * head from flag or CI, and both heads have to be the same. Throws an OperationalError: `usage` where something is missing,
 * `request_mismatch` where the file is of something else.
 */
export function findRequest(flags: RequestFlags, env: Variables): FoundRequest | FoundGroup | NoRequest {
  const run = readCi(env, readJson);
  const kind = flags.forge ?? run?.kind;
  const repository = flags.repository ?? run?.repository;
  if (kind === undefined) throw usage(`No CI was detected from its environment variables. Pass ${ALL_FLAGS}.`);
  if (repository === undefined || repository === null)
    throw usage("The repository is unknown. Pass --repository OWNER/NAME.");
  const event = run?.event ?? null;
  const ciUrl = run?.url ?? null;
  const url = flags.forgeUrl ?? ciUrl;
  if (event?.kind === "group" && flags.number === undefined && flags.metadata === undefined) {
    const { head, base, pipeline } = event;
    return { kind, repository, url, ciUrl, head, base, pipeline, page: findPage(run) };
  }
  const request =
    flags.metadata === undefined ? findOwn(flags, event) : findLeft(flags, flags.metadata, { event, repository });
  if ("none" in request) return request;
  return { ...request, kind, repository, url, ciUrl, page: findPage(run) };
}

const ALL_FLAGS = "--forge, --repository, --number and --head";

type Facts = Pick<FoundRequest, "number" | "head" | "base" | "branch" | "origin" | "trusted">;

/** The request that this job itself runs for. */
function findOwn(flags: RequestFlags, event: CiEvent | null): Facts | NoRequest {
  const own = event?.kind === "request" ? event : null;
  const number = flags.number ?? own?.number;
  const base = flags.base === undefined ? (own?.base ?? null) : wantSha("--base", flags.base);
  if (event?.kind === "after_run" && number !== undefined) {
    // What another run left is that run's word, also where the number is given here.
    const { head, branch, origin } = event;
    requireHead(flags, head);
    return { number, head, base, branch, origin, trusted: false };
  }
  const head = flags.head === undefined ? own?.head : wantSha("--head", flags.head);
  if (number !== undefined && head !== undefined)
    return { number, head, base, branch: null, origin: null, trusted: true };
  if (number !== undefined) throw usage("The planned commit is unknown. Pass --head SHA.");
  if (event?.kind === "after_run") {
    throw usage("This job runs after another one. Pass --metadata FILE, which that job wrote (--metadata-out).");
  }
  if (event === null) throw usage(`No CI was detected from its environment variables. Pass ${ALL_FLAGS}.`);
  return noRequest(event.kind === "other" ? event.name : event.kind);
}

/** The request that an earlier job has left, as far as it can be believed. */
function findLeft(flags: RequestFlags, file: string, { event, repository }: Surroundings): Facts | NoRequest {
  const own = event === null || event.kind === "other" ? null : event;
  const head = flags.head === undefined ? own?.head : wantSha("--head", flags.head);
  if (head === undefined && event?.kind === "other") return noRequest(event.name);
  if (head === undefined) throw usage("--metadata needs the commit of the run. Pass --head SHA.");
  if (own !== null) requireHead(flags, own.head);
  const left = readRequestFile(file);
  if (left.head !== head) throw mismatch(`${file} is of commit ${left.head}, and the run was of ${head}`);
  if (left.repository !== repository) throw mismatch(`${file} is of another repository than ${repository}`);
  const number = flags.number ?? (own?.kind === "request" ? own.number : left.number);
  if (number !== left.number) throw mismatch(`${file} is of request ${left.number}, and the job is for ${number}`);
  const branch = own?.kind === "after_run" ? own.branch : null;
  const origin = own === null || own.kind === "group" ? null : own.origin;
  return { number, head, base: left.base, branch, origin, trusted: false };
}

/** The commit that the forge names is the one that is reported on: a flag may hold what the earlier job wrote. */
function requireHead({ head }: RequestFlags, named: string): void {
  if (head === undefined || wantSha("--head", head) === named) return;
  throw mismatch(`--head is ${head}, and the run was of ${named}`);
}

interface Surroundings {
  readonly event: CiEvent | null;
  readonly repository: string;
}

/** Nothing went wrong, unless the CI names a request and hands out none. */
function noRequest(name: string): NoRequest {
  if (name.startsWith("pull_request")) {
    throw usage(`The event ${name} can't be read (GITHUB_EVENT_PATH). Give --number and --head.`);
  }
  return { none: `This job runs for no pull request (${name})` };
}

function mismatch(fault: string): OperationalError {
  const message = `Nothing was written: ${fault}. The files of a fork's job may be forged; check that run.`;
  return new OperationalError("request_mismatch", message, { next: "stop" });
}

function findPage(run: CiRun | null): string | null {
  return run?.event.kind === "after_run" ? run.event.page : (run?.page ?? null);
}

function wantSha(flag: string, text: string): string {
  const sha = readSha(text.toLowerCase());
  if (sha === null) throw usage(`${flag} ${text}: write a commit's full name, 40 hexadecimal digits.`);
  return sha;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
