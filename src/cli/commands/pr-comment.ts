import { readFileSync } from "node:fs";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Review } from "../../model/reviews/review.ts";
import type { RunOrigin } from "../../pull-requests/ci/ci-run.ts";
import type { Forge, PullRequest } from "../../pull-requests/forge/forge.ts";
import { openForge } from "../../pull-requests/forge/open-forge.ts";
import { type Posted, postReviews, postStatus } from "../../pull-requests/publish/post-reviews.ts";
import { StalePlanError } from "../../reconcile/stale-plan-error.ts";
import { renderAnnotations } from "../../report/review/render-annotations.ts";
import { renderReviewComment } from "../../report/review/render-review-comment.ts";
import { shown } from "../../report/text/shown-text.ts";
import { DEFAULT_TIMEOUT_MS } from "../../systems/http/transport-settings.ts";
import { EXIT } from "../output/exit-codes.ts";
import { showDocument, showNote, showResult } from "../output/show-result.ts";
import { buildReview, type NamedVerdict, readResults } from "../request/build-review.ts";
import { findForgeToken } from "../request/find-forge-token.ts";
import { type FoundGroup, type FoundRequest, findRequest, type RequestFlags } from "../request/find-request.ts";
import { nameResults } from "../request/name-results.ts";
import { writeRequestFile } from "../request/request-file.ts";
import { findPlanKey, type PlanKeyFlags } from "../saved-plan/find-plan-key.ts";

/** Options of `poolkeeper pr-comment`. */
export interface PrCommentOptions extends RequestFlags, PlanKeyFlags {
  readonly files: readonly string[];
  readonly names: readonly string[];
  /** Folder of the manifests in the repository. */
  readonly path: string;
  /** Name of the status; left out: {@link STATUS}, and {@link FORK_STATUS} of what another job left. */
  readonly status?: string | undefined;
  readonly dryRun: boolean;
  readonly metadataOut?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly caFile?: string | undefined;
  /** Default: {@link DEFAULT_TIMEOUT_MS}. */
  readonly timeoutMs: number | undefined;
  readonly json: boolean;
}

/** The status of what this job planned. */
const STATUS = "poolkeeper/plan";
/** The status of what another job left: no name that the daemon sets, or that a protected branch asks for. */
const FORK_STATUS = "poolkeeper/fork-plan";

/**
 * Says on the request that a job runs for what its plans come to: one comment for each, rewritten in place, and one status. Exit code 0
 * also where the job runs for no request, or for one that is closed. Throws a StalePlanError where the request has moved on, and an
 * OperationalError where the request can't be found or written to, or a result can't be believed.
 */
export async function runPrComment(options: PrCommentOptions): Promise<number> {
  const request = findRequest(options, process.env);
  if ("none" in request) return sayNothing(request.none);
  if ("pipeline" in request) return setGroupStatus(options, request);
  const results = readResults(nameResults(options.files, options.names), {
    untrusted: !request.trusted,
    key: findPlanKey(options, process.env),
  });
  if (options.metadataOut !== undefined) {
    writeRequestFile(options.metadataOut, request);
    return EXIT.ok;
  }
  const forge = await open(options, request);
  try {
    if (options.dryRun) return printReviews(forge, { ...options, request, results });
    const open = await forge.readRequest(request.number);
    if (open === null) throw missing(forge, request);
    if (open.state !== "open") return sayNothing(`Request ${request.number} of ${forge.place} is ${open.state}`);
    verify(request, open);
    const isUnproven = !request.trusted && !isOwn(request, open);
    const facts = { request, fork: open.head.fork, isUnproven, path: options.path, now: new Date() };
    const reviews = results.map((result) => buildReview(result, facts));
    const said = { request, reviews, isUnproven };
    print(await post(forge, options, said), options.json, `${forge.place}, request ${request.number}`);
    return EXIT.ok;
  } finally {
    await forge.close();
  }
}

/** A commit of a merge queue gets the status that the queue waits for. Its requests have their comments from jobs of their own. */
async function setGroupStatus(options: PrCommentOptions, group: FoundGroup): Promise<number> {
  if (options.metadataOut !== undefined) return sayNothing("This job runs for a merge queue");
  const key = findPlanKey(options, process.env);
  const results = readResults(nameResults(options.files, options.names), { untrusted: false, key });
  const forge = await open(options, group);
  try {
    if (options.dryRun) return printReviews(forge, { path: options.path, request: group, results });
    const facts = { request: group, fork: false, isUnproven: false, path: options.path, now: new Date() };
    const reviews = results.map((result) => buildReview(result, facts));
    const { head, pipeline, page: url } = group;
    const status = await postStatus(forge, { head, reviews, context: options.status ?? STATUS, url }, pipeline);
    print({ comments: [], status, annotated: false }, options.json, forge.place);
    return EXIT.ok;
  } finally {
    await forge.close();
  }
}

function sayNothing(reason: string): number {
  showNote(shown`${reason}: nothing is commented.\n`);
  return EXIT.ok;
}

function open(options: PrCommentOptions, request: FoundRequest | FoundGroup): Promise<Forge> {
  const { kind, url, repository } = request;
  const token = options.dryRun ? () => "" : findForgeToken(request, options.tokenFile, process.env);
  const file = options.caFile ?? (process.env.POOLKEEPER_CA_FILE || undefined);
  const ca = file === undefined ? null : readAuthorities(file);
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  return openForge({ kind, url, repository, access: { kind: "token", token }, timeoutMs, ca });
}

function readAuthorities(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const message = `The certificates in ${file} can't be read (--ca-file, POOLKEEPER_CA_FILE). Name a PEM file.`;
    throw new OperationalError("ca_file", message, { next: "stop", cause });
  }
}

/** A fork may name the number of another request: the head of the request, and where that is, show it. */
function verify({ number, head, branch, origin, repository }: FoundRequest, open: PullRequest): void {
  if (open.head.sha !== head) {
    throw new StalePlanError(`Request ${number} is at ${open.head.sha}, and the plan is of ${head}. Plan again.`);
  }
  if (branch !== null && branch !== open.head.branch) {
    const message = `Nothing was written: request ${number} is of another branch than the run. Check that run.`;
    throw new OperationalError("request_mismatch", message, { next: "stop" });
  }
  if (origin !== null && !isFrom(open.head, origin, repository)) {
    const message = `Nothing was written: request ${number} is of another repository's branch than the run. The files of a fork's job may be forged; check that run.`;
    throw new OperationalError("request_mismatch", message, { next: "stop" });
  }
}

/** Whether the head of a request is in the repository that the run was of. A forge that does not name it says whether it is a fork's. */
function isFrom({ repository: from, fork }: PullRequest["head"], origin: RunOrigin, own: string): boolean {
  const isNamed = origin.repository !== null;
  if (from !== null) return isNamed && isSameRepository(origin.repository, from);
  return (isNamed && isSameRepository(origin.repository, own)) === !fork;
}

/** Whether what the run left was made by this repository's own branch, by the forge's word: only who may write here made it then. */
function isOwn({ origin, repository }: FoundRequest, { head }: PullRequest): boolean {
  const from = origin?.repository ?? null;
  return from !== null && isSameRepository(from, repository) && !head.fork;
}

function isSameRepository(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function missing({ place }: Forge, { number }: FoundRequest): OperationalError {
  const message = `${place} has no request ${number}, or the token may not see it. Check --repository and --number.`;
  return new OperationalError("forge_missing", message, { next: "stop" });
}

/** Without a look at the forge the strictest text is printed: a request without a plan may come from a fork. */
function printReviews({ maxComment }: Forge, { request, results, path }: Found): number {
  for (const result of results) {
    const isUnproven = "trusted" in request && !request.trusted;
    const review = buildReview(result, { request, fork: true, isUnproven, path, now: new Date() });
    showDocument(`${renderReviewComment(review, { maxLength: maxComment }).trimEnd()}\n`);
  }
  return EXIT.ok;
}

interface Found {
  readonly request: FoundRequest | FoundGroup;
  readonly results: readonly NamedVerdict[];
  readonly path: string;
}

interface Said {
  readonly request: FoundRequest;
  readonly reviews: readonly Review[];
  /** They are the word of a fork. */
  readonly isUnproven: boolean;
}

function post(forge: Forge, { status }: PrCommentOptions, { request, reviews, isUnproven }: Said): Promise<Posted> {
  const annotations = reviews.flatMap((review) => renderAnnotations(review));
  const { number, head, page, trusted } = request;
  const context = status ?? (trusted ? STATUS : FORK_STATUS);
  return postReviews(forge, { number, head, reviews, annotations, isUnproven, context, url: page });
}

function print(posted: Posted, json: boolean, place: string): void {
  if (json) {
    showDocument(`${JSON.stringify(posted, undefined, 2)}\n`);
    return;
  }
  for (const { target, id, written } of posted.comments) {
    showResult(shown`${place}: comment ${id} on ${target} ${written ? "is written" : "says so already"}\n`);
  }
  showResult(shown`${posted.status.context}: ${posted.status.state}, ${posted.status.description}\n`);
}
