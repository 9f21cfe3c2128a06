import type { CheckRun, Comment, CommitStatus, Permission } from "../../../src/pull-requests/forge/forge.ts";
import type { CommentEditing, KeptCommit, KeptRequest, NewRequest, RequestChange } from "./forge-server.ts";
import { beginCommits, changeCommits } from "./keep-commits.ts";

/** A request with what a forge knows of it beside what tests ask for. */
export type StateRequest = KeptRequest & {
  readonly fork: string | null;
  readonly commits: readonly KeptCommit[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly merged: { readonly by: string; readonly commit: string; readonly at: string } | null;
};

/** A comment with its place and reactions. */
export type StateComment = Comment & {
  readonly updated_at: string;
  readonly request: number;
  readonly reactions: readonly string[];
  /** Null: nobody edited it. */
  readonly edited: { readonly at: string; readonly by: string } | null;
};

const START = Date.UTC(2026, 0, 5, 8);

/** What one repository on a forge holds, in memory. Its clock moves by a second with each change. */
export class ForgeState {
  readonly requests = new Map<number, StateRequest>();
  readonly comments = new Map<string, StateComment>();
  readonly statuses = new Map<string, CommitStatus[]>();
  /** All that were ever set, oldest first. */
  readonly setStatuses: {
    readonly id: number;
    readonly sha: string;
    readonly status: CommitStatus;
    readonly by: string;
  }[] = [];
  readonly checks = new Map<string, { id: number; check: CheckRun }[]>();
  readonly permissions = new Map<string, Permission>();
  readonly events: { request: number; id: number; event: string; created_at: string; login: string }[] = [];
  /** Called when a status was set. */
  readonly listeners: ((sha: string) => void)[] = [];
  #ticks = 0;
  #ids = 1000;

  /** ISO 8601 without milliseconds; later with each call. */
  tick(): string {
    this.advance(1000);
    return this.time().toISOString().replace(".000Z", "Z");
  }

  /** What its clock shows, which stands still meanwhile. */
  time(): Date {
    return new Date(START + this.#ticks * 1000);
  }

  advance(milliseconds: number): void {
    this.#ticks += milliseconds / 1000;
  }

  nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  leaveMerge(request: number, login: string, left = true): void {
    this.#note(request, login, left ? "auto_squash_enabled" : "auto_merge_disabled");
  }

  request(number: number): StateRequest {
    const request = this.requests.get(number);
    if (request === undefined) throw new Error(`there is no request ${number}`);
    return request;
  }

  openRequest(given: NewRequest): number {
    const { title, author, branch, base, sha, body, fork, draft, labels } = given;
    const at = this.tick();
    const number = this.requests.size + 1;
    this.requests.set(number, {
      number,
      title,
      author,
      branch,
      base,
      sha,
      body: body ?? "",
      fork: fork ?? null,
      draft: draft ?? false,
      labels: labels ?? [],
      commits: beginCommits(given),
      state: "open",
      created_at: at,
      updated_at: at,
      merged: null,
    });
    return number;
  }

  changeRequest(number: number, { commit, ...change }: RequestChange & { readonly body?: string }): void {
    const request = this.request(number);
    const commits = changeCommits(request, { ...change, ...(commit === undefined ? {} : { commit }) });
    this.requests.set(number, { ...request, ...change, commits, updated_at: this.tick() });
  }

  merge(number: number, by: string, commit: string): void {
    const at = this.tick();
    const merged = { by, commit, at };
    this.requests.set(number, { ...this.request(number), state: "merged", merged, updated_at: at });
  }

  enqueue(number: number, by: string): void {
    this.#note(number, "hubot", "labeled");
    this.#note(number, by, "added_to_merge_queue");
  }

  #note(request: number, login: string, event: string): void {
    this.events.push({ request, id: this.nextId(), event, created_at: this.tick(), login });
  }

  comment(number: number, author: string, body: string): StateComment {
    const id = String(this.nextId());
    const at = this.tick();
    const times = { created_at: at, updated_at: at, edited: null };
    const comment = { id, author, body, ...times, request: number, reactions: [] };
    this.requests.set(number, { ...this.request(number), updated_at: comment.created_at });
    this.comments.set(id, comment);
    return comment;
  }

  editComment(id: string, body: string, { by = "mallory", instant = false }: CommentEditing = {}): void {
    const now = this.tick();
    const comment = this.findComment(id);
    const at = instant ? comment.created_at : now;
    this.comments.set(id, { ...comment, body, updated_at: at, edited: { at, by } });
  }

  deleteComment(id: string): void {
    this.findComment(id);
    this.comments.delete(id);
  }

  /** False: it was there already. */
  react(id: string, reaction: string): boolean {
    const comment = this.findComment(id);
    if (comment.reactions.includes(reaction)) return false;
    this.comments.set(id, { ...comment, reactions: [...comment.reactions, reaction] });
    return true;
  }

  setStatus(sha: string, status: CommitStatus, by: string): void {
    this.setStatuses.push({ id: this.nextId(), sha, status, by });
    const others = (this.statuses.get(sha) ?? []).filter(({ context }) => context !== status.context);
    this.statuses.set(sha, [status, ...others]);
    for (const listen of this.listeners) listen(sha);
  }

  /** Oldest first. */
  commentsOf(number: number): readonly StateComment[] {
    return [...this.comments.values()].filter(({ request }) => request === number);
  }

  findComment(id: string): StateComment {
    const comment = this.comments.get(id);
    if (comment === undefined) throw new Error(`there is no comment ${id}`);
    return comment;
  }
}
