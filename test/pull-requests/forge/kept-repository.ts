import { createHash } from "node:crypto";
import type { Permission } from "../../../src/pull-requests/forge/forge.ts";
import type { CommentEditing, KeptCommit, KeptRequest, NewRequest, RequestChange } from "./forge-server.ts";
import { beginCommits, changeCommits } from "./keep-commits.ts";

/** A request with what only its forge's answers need. */
export interface StoredRequest extends KeptRequest {
  /** Null: of this repository; "gone": of one that was deleted. */
  readonly fork: string | null;
  readonly commits: readonly KeptCommit[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly merged: { readonly by: string; readonly commit: string; readonly at: string } | null;
}

/** A comment; `kind` other than `plain` is not one on the page. */
export interface StoredComment {
  readonly id: string;
  readonly number: number;
  readonly author: string;
  readonly body: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly kind: "plain" | "system" | "line" | "push";
  /** Null: nobody edited it. */
  readonly edited: { readonly at: string; readonly by: string } | null;
}

/** A status with the forge's own word for its state. */
export interface StoredStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: string;
  readonly description: string;
  readonly url: string | null;
  readonly by: string;
}

export interface StoredReaction {
  readonly comment: string;
  readonly author: string;
  readonly name: string;
}

/** Within a second: the clock moves by whole ones. */
const INSTANT_MS = 400;

/** A repository with its requests in memory. Its clock is its own: a second a happening. */
export class KeptRepository {
  self = "poolkeeper-bot";
  readonly name: string;
  readonly requests = new Map<number, StoredRequest>();
  /** Called when a status was set. */
  readonly listeners: ((sha: string) => void)[] = [];
  comments: StoredComment[] = [];
  statuses: StoredStatus[] = [];
  reactions: StoredReaction[] = [];
  /** By branch, the commit that it is at. */
  readonly branches = new Map<string, string>();
  /** Commits that the repository has. */
  readonly commits = new Set<string>();
  /** By request, the car of the merge train; a pipeline for each commit. */
  readonly train = new Map<number, { readonly sha: string; readonly pipeline: number; readonly by: string }>();
  readonly #permissions = new Map<string, Permission>();
  readonly #accounts: string[] = [];
  #seconds = 0;
  readonly #start: number;

  /** `later`: milliseconds by which its clock is ahead from the start, of which its ids know nothing. */
  constructor(name: string, later = 0) {
    this.#start = Date.UTC(2026, 0, 1) + later;
    this.name = name;
    this.push("main", createHash("sha1").update(name).digest("hex"));
    this.allow(this.self, "write");
  }

  now(): string {
    this.advance(1000);
    return this.time().toISOString();
  }

  /** What its clock shows, which stands still meanwhile. */
  time(): Date {
    return new Date(this.#start + this.#seconds * 1000);
  }

  advance(milliseconds: number): void {
    this.#seconds += milliseconds / 1000;
  }

  /** A new id; they are of one sequence for everything. */
  id(): number {
    this.advance(1000);
    return 1000 + this.#seconds;
  }

  /** An account's id; whoever is named has one. */
  account(login: string): number {
    if (!this.#accounts.includes(login)) this.#accounts.push(login);
    return this.#accounts.indexOf(login) + 1;
  }

  findAccount(id: number): string | undefined {
    return this.#accounts[id - 1];
  }

  logins(): readonly string[] {
    return this.#accounts;
  }

  allow(login: string, permission: Permission): void {
    this.account(login);
    this.#permissions.set(login, permission);
  }

  permission(login: string): Permission {
    return this.#permissions.get(login) ?? "none";
  }

  push(branch: string, sha: string): void {
    this.branches.set(branch, sha);
    this.commits.add(sha);
  }

  open(given: NewRequest): number {
    const { title, author, branch, base, sha, body = "", fork, draft = false, labels = [] } = given;
    this.account(author);
    const number = this.requests.size + 1;
    const at = this.now();
    if (fork === undefined) this.push(branch, sha);
    this.commits.add(sha);
    const about = { number, title, body, author, branch, base, sha, draft, labels, state: "open" as const };
    const commits = beginCommits(given);
    for (const commit of commits) this.commits.add(commit.sha);
    this.requests.set(number, { ...about, commits, fork: fork ?? null, created_at: at, updated_at: at, merged: null });
    return number;
  }

  change(number: number, given: RequestChange & { readonly body?: string }): StoredRequest {
    const request = this.request(number);
    const { commit: _whose, ...change } = given;
    if (change.sha !== undefined) {
      this.commits.add(change.sha);
      if (request.fork === null) this.push(request.branch, change.sha);
    }
    return this.#keep({ ...request, ...change, commits: changeCommits(request, given), updated_at: this.now() });
  }

  /** `authored`: when the commit's author says that it was made; left out: the forge says when it merged. */
  merge(number: number, by: string, commit: string, authored?: string): void {
    const request = this.request(number);
    this.account(by);
    this.push(request.base, commit);
    const at = this.now();
    this.#keep({ ...request, state: "merged", updated_at: at, merged: { by, commit, at: authored ?? at } });
  }

  enqueue(number: number, by: string, sha: string): void {
    this.commits.add(sha);
    this.train.set(number, { sha, pipeline: this.id(), by });
  }

  /** As a note of the forge itself, in GitLab's words. */
  leaveMerge(number: number, by: string, left = true): void {
    const words = left
      ? "enabled an automatic merge when all merge checks for 0123abcd pass"
      : "canceled the automatic merge";
    this.comment(number, by, words, "system");
  }

  request(number: number): StoredRequest {
    const request = this.requests.get(number);
    if (request === undefined) throw new Error(`The test names the request ${number}, which it never opened.`);
    return request;
  }

  comment(number: number, author: string, body: string, kind: StoredComment["kind"] = "plain"): StoredComment {
    this.account(author);
    const at = this.now();
    this.#keep({ ...this.request(number), updated_at: at });
    const id = String(this.id());
    const comment = { ...{ id, number, author, body, kind }, created_at: at, updated_at: at, edited: null };
    this.comments = [...this.comments, comment];
    return comment;
  }

  editComment(id: string, body: string, { by = "mallory", instant = false }: CommentEditing = {}): void {
    const now = this.now();
    this.comments = this.comments.map((comment) => {
      if (comment.id !== id) return comment;
      const at = instant ? new Date(Date.parse(comment.created_at) + INSTANT_MS).toISOString() : now;
      return { ...comment, body, updated_at: at, edited: { at, by } };
    });
  }

  /** Throws where it is not there. */
  findComment(id: string): StoredComment {
    const comment = this.comments.find((other) => other.id === id);
    if (comment === undefined) throw new Error(`there is no comment ${id}`);
    return comment;
  }

  deleteComment(id: string): void {
    this.comments = this.comments.filter((comment) => comment.id !== id);
    this.reactions = this.reactions.filter(({ comment }) => comment !== id);
  }

  plainComments(number: number): readonly StoredComment[] {
    return this.comments.filter((comment) => comment.number === number && comment.kind === "plain");
  }

  /** One of each context, the one that was set last; latest first. */
  latestStatuses(sha: string): readonly StoredStatus[] {
    const ofCommit = this.statuses.filter((status) => status.sha === sha).toReversed();
    return ofCommit.filter(({ context }, at) => ofCommit.findIndex((other) => other.context === context) === at);
  }

  setStatus(status: Omit<StoredStatus, "id">): StoredStatus {
    const kept = { ...status, id: this.id() };
    this.statuses = [...this.statuses, kept];
    for (const listen of this.listeners) listen(status.sha);
    return kept;
  }

  /** False: it is there already. */
  react(comment: string, author: string, name: string): boolean {
    const isThere = this.reactions.some(
      (other) => other.comment === comment && other.author === author && other.name === name,
    );
    if (!isThere) this.reactions = [...this.reactions, { comment, author, name }];
    return !isThere;
  }

  #keep(request: StoredRequest): StoredRequest {
    this.requests.set(request.number, request);
    return request;
  }
}
