import type { Comment, Forge } from "../forge/forge.ts";
import type { AuditEntry, DaemonRecords } from "../model/daemon-records.ts";
import { COMMAND_ACTION, type ReviewRecord } from "../model/review-record.ts";
import type { Command } from "./read-command.ts";
import type { ReviewTools } from "./review-tools.ts";
import { isSameLogin } from "./spell-login.ts";

/** Whether the command in a comment is its author's own, whoever else may edit it. */
export type TextProof =
  | { readonly kind: "proven" }
  | { readonly kind: "edited" }
  /** The webhook that tells what was written may still come. */
  | { readonly kind: "awaited" }
  /** The forge does not tell. */
  | { readonly kind: "unproven" };

/** What a proof is made from. */
export interface ProofTools {
  readonly forge: Pick<Forge, "readEdit">;
  readonly records: Pick<DaemonRecords, "now" | "readAudit">;
  readonly peers: ReviewTools["peers"];
  readonly config: Pick<ReviewTools["config"], "unverified_comments">;
}

/** A comment that holds a command. */
export interface CommandComment {
  readonly number: number;
  readonly command: Command;
  readonly comment: Comment;
}

/** How long a webhook is waited for: a loaded Gitea takes ten seconds. In milliseconds. */
const WEBHOOK_MS = 60_000;
/** Entries of the audit among which is looked for the webhook. */
const MOST_ENTRIES = 100;

/**
 * Proves that the command in a comment is what its author wrote. GitHub and GitLab know of every edit. Gitea tells whole seconds, so
 * that an edit in the second of the writing leaves no trace; its webhook carries the text as it was first. A text that is
 * the first one is the author's. Throws what the forge throws.
 */
export async function proveText(
  { forge, records, peers, config }: ProofTools,
  { awaited = {} }: Pick<ReviewRecord, "awaited">,
  { number, command, comment }: CommandComment,
): Promise<TextProof> {
  const edit = await forge.readEdit(number, comment);
  if (edit.kind !== "unknown") return { kind: edit.kind === "none" ? "proven" : "edited" };
  if (config.unverified_comments === "accept") return { kind: "proven" };
  for (const { target } of peers) {
    const audit = await records.readAudit(target, MOST_ENTRIES);
    const told = audit.find(({ action, details }) => action === COMMAND_ACTION && details.comment === comment.id);
    if (told !== undefined) return { kind: isTold(told, { command, comment }) ? "proven" : "edited" };
  }
  const since = awaited[comment.id];
  const isLate = since !== undefined && Date.parse(await records.now()) - Date.parse(since) >= WEBHOOK_MS;
  return { kind: isLate || !peers.some(({ webhook }) => webhook) ? "unproven" : "awaited" };
}

function isTold(
  { who, details }: AuditEntry,
  { command: { name, digest }, comment }: Omit<CommandComment, "number">,
): boolean {
  return isSameLogin(who, comment.author) && details.command === name && details.digest === digest;
}
