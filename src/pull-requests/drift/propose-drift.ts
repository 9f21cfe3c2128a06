import { createHash, randomUUID } from "node:crypto";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import type { Change } from "../../model/plan/plan.ts";
import {
  type DriftRequest,
  renderDriftGone,
  renderDriftRequest,
  titleDriftRequest,
} from "../../report/review/render-drift-request.ts";
import { notePushed, readPushed } from "../authors/own-commits.ts";
import type { PullRequest } from "../forge/forge.ts";
import { branchOf } from "../review/branch-of.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { type DriftDraft, draftDrift } from "./draft-drift.ts";

/** What is known of a target's requests in this round. */
export interface ProposeFacts {
  /** The base branch's newest commit. */
  readonly base: string;
  readonly open: readonly PullRequest[];
  /** Numbers of those whose newest commit is there. */
  readonly there: ReadonlySet<number>;
}

/** The committer, and the author of changes without one. No user can have this address. */
const AUTHOR = { name: "poolkeeper", email: "poolkeeper@users.noreply.invalid" };
/** As the audit has it. */
const ACTION = "propose";

/**
 * Proposes drift where the configuration asks for it: one request for each target, kept up to date while it is open. A closed one is not
 * opened again for the same drift. Level-triggered: the last proposal is in the audit, and a crash in between proposes it once more, which
 * changes the one that is open. Returns whether there is something new to review. Throws an OperationalError where forge, repository or
 * store are unavailable, or the branch is not ours.
 */
export async function proposeDrift(tools: ReviewTools, facts: ProposeFacts): Promise<boolean> {
  const { pass, forge } = tools;
  const { drift, name } = pass.config;
  const branch = `poolkeeper/drift-${name}`;
  const own = facts.open.find(({ head }) => head.branch === branch && !head.fork) ?? null;
  const isAsked = drift.action === "propose" || Object.values(drift.kinds).includes("propose");
  if (!isAsked) return false;
  const found = await draftDrift(tools, facts.base);
  if (found.kind === "waiting") return false;
  if (found.kind === "gone" || found.draft.written.length === 0) {
    if (own !== null) await markGone(tools, own);
    return false;
  }
  const { draft } = found;
  const request = describeRequest(tools, branch, draft);
  const title = titleDriftRequest(request);
  const body = renderDriftRequest(request, { maxLength: forge.maxComment });
  const said = hash([title, body, draft.since]);
  const last = await readLast(tools);
  // A user closed it: that is respected.
  if (own === null && last?.said === said && (await isThere(tools, last.number))) return false;
  const isPushed = own !== null && (await isRecorded(tools, branch)) && (await isUpToDate(tools, own, draft, facts));
  const pushed = !isPushed && (await push(tools, draft, { title, ...request }, facts));
  if (own === null || last?.said !== said) {
    const { number, url } = await forge.proposeRequest({ branch, base: branchOf(tools.pass), title, body });
    await note(tools, { said, number, url, addresses: draft.written.map(({ change }) => change.address) });
  }
  return own === null || pushed;
}

function describeRequest({ pass }: ReviewTools, branch: string, { written, left }: DriftDraft): DriftRequest {
  return {
    target: pass.config.name,
    branch,
    written: written.map(({ change, file, fields }) => ({
      ...describeChange(change),
      file: pathOf(pass, file),
      fields,
    })),
    left: left.map(({ change, reason }) => ({ ...describeChange(change), reason })),
  };
}

function describeChange({ address, changed_by, changed_at }: Change) {
  return { address, changed_by: changed_by ?? null, changed_at: changed_at ?? null };
}

/** Files of a source are named from its folder on, those of a commit from the repository's root. */
function pathOf({ config }: ReviewTools["pass"], file: string): string {
  const folder = config.source.path;
  return config.source.kind === "folder" || folder === "" ? file : `${folder}/${file}`;
}

/**
 * Whether what was pushed to the branch is on record as the daemon's, where that counts. Else it is pushed again, or found there: an older
 * release recorded nothing.
 */
async function isRecorded({ pass, config }: ReviewTools, branch: string): Promise<boolean> {
  return config.self_approval || (await readPushed(pass, pass.config.name)).some((one) => one.branch === branch);
}

/** Whether its merge gives what is drafted already. A base that moves elsewhere is no reason to push again. */
async function isUpToDate(
  { proposals }: ReviewTools,
  { number, head }: PullRequest,
  { read }: DriftDraft,
  { base, there }: ProposeFacts,
): Promise<boolean> {
  if (!there.has(number)) return false;
  const merge = await proposals.merge(base, head.sha);
  if (merge.kind === "conflict") return false;
  const { files } = await proposals.readTree(merge.tree);
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  return files.length === read.files.length && read.files.every(({ path, text }) => texts.get(path) === text);
}

async function push(
  { pass, proposals, forge, confirm }: ReviewTools,
  { files }: DriftDraft,
  { title, branch }: { readonly title: string; readonly branch: string },
  { base }: ProposeFacts,
): Promise<boolean> {
  const commit = {
    ...{ base, branch, message: title, author: AUTHOR, at: new Date(await pass.records.now()) },
    files: new Map([...files].map(([file, text]) => [pathOf(pass, file), text])),
  };
  const { sha, pushed } = await proposals.commitAndPush(commit, confirm);
  await notePushed(pass, { branch, commit: sha }, { who: AUTHOR.name, via: forge.kind });
  return pushed;
}

/** Nothing is left to merge: its text says so, once. Whether to close it is up to people. */
async function markGone(tools: ReviewTools, { number, url, head, title }: PullRequest): Promise<void> {
  const said = "gone";
  if ((await readLast(tools))?.said === said) return;
  const body = renderDriftGone(tools.pass.config.name);
  await tools.forge.proposeRequest({ branch: head.branch, base: branchOf(tools.pass), title, body });
  await note(tools, { said, number, url, addresses: [] });
}

/** What was said last, and of which request; null: nothing, as far as the audit goes back. */
async function readLast({ pass: { records, config } }: ReviewTools): Promise<AuditEntry["details"] | null> {
  const [last] = await records.readAudit(config.name, 1, ACTION);
  return last?.details ?? null;
}

/**
 * Whether the forge has a request of ours by that number: one that was moved or restored has lost it, or has another one, and no user closed
 * it.
 */
async function isThere({ forge }: ReviewTools, number: unknown): Promise<boolean> {
  if (typeof number !== "number") return true;
  const request = await forge.readRequest(number);
  return request !== null && request.author === (await forge.readSelf());
}

async function note({ pass, forge }: ReviewTools, details: AuditEntry["details"]): Promise<void> {
  const { records, config } = pass;
  const at = await records.now();
  const entry = { at, target: config.name, who: AUTHOR.name, via: forge.kind, action: ACTION, details };
  await records.addAudit({ ...entry, id: randomUUID() });
}

function hash(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
