import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import type { ReportedComment } from "../../model/reviews/reported-comment.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import type { Comment, Forge } from "../forge/forge.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { isSameLogin } from "../review/spell-login.ts";
import { type Command, readCommand } from "./read-command.ts";
import { isReportOf } from "./reported-rejections.ts";

/** Whether the command in a comment is its author's own, where others may edit it. */
export type TextProof =
  | { readonly kind: "proven" }
  | { readonly kind: "edited" }
  /** The webhook with the original text may still come. */
  | { readonly kind: "awaited" }
  /** The forge does not report edits. */
  | { readonly kind: "unproven" };

/** What a proof is made from. */
export interface ProofTools {
  readonly forge: Pick<Forge, "readEdit">;
  readonly records: Pick<DaemonRecords, "now" | "readReported">;
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

/**
 * Proves that the command in a comment is what its author wrote. GitHub and GitLab know of every edit. Gitea reports whole seconds, so that
 * an edit in the second of the writing leaves no trace; its webhook carries the original text. A first text is the author's. Throws what the
 * forge throws.
 */
export async function proveText(
  { forge, records, peers, config }: ProofTools,
  { place, awaited = {} }: Pick<ReviewRecord, "place" | "awaited">,
  { number, command, comment }: CommandComment,
): Promise<TextProof> {
  const edit = await forge.readEdit(number, comment);
  if (edit.kind !== "unknown") return { kind: edit.kind === "none" ? "proven" : "edited" };
  if (config.unverified_comments === "accept") return { kind: "proven" };
  const reported = (await records.readReported(place, number)).find((one) => isReportOf(one, comment));
  if (reported !== undefined) return { kind: isSameCommand(reported, { command, comment }) ? "proven" : "edited" };
  const since = awaited[comment.id];
  const isLate = since !== undefined && Date.parse(await records.now()) - Date.parse(since) >= WEBHOOK_MS;
  return { kind: isLate || !peers.some(({ webhook }) => webhook) ? "unproven" : "awaited" };
}

function isSameCommand({ by, said }: ReportedComment, { command, comment }: Omit<CommandComment, "number">): boolean {
  const reported = readCommand(said);
  return isSameLogin(by, comment.author) && reported?.name === command.name && reported.digest === command.digest;
}
