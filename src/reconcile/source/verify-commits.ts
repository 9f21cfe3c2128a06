import type { VerifyConfig } from "../../model/daemon/daemon-config.ts";
import type { VerifiedRevision } from "../../model/daemon/daemon-records.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import type { FinalAnswers } from "./final-answers.ts";
import type { Commit } from "./parse-commit.ts";
import { hasCommit, readCommits } from "./read-commits.ts";
import { type ObjectReader, readListing } from "./read-objects.ts";
import { isOpenpgpSignature } from "./read-openpgp-armour.ts";
import { readTrustedKeys, type TrustedKeys } from "./read-trusted-keys.ts";
import { refuseForm, type SignatureCheck } from "./signature-check.ts";
import type { Verification } from "./source.ts";
import { verifyOpenpgp } from "./verify-openpgp.ts";
import { isSshSignature, verifySsh } from "./verify-ssh.ts";

/** A revision, the one that was applied before it, and the one up to which all was verified. */
export interface CommitRange {
  readonly id: string;
  readonly since: string | null;
  readonly verified: VerifiedRevision | null;
}

/** Most commits per check. */
const MOST_COMMITS = 1000;
/** An OpenPGP signature by the longest key that is in use, RSA of 16,384 bits, has 3,000 characters. Nothing of it is trusted when it is read. */
const LONGEST_SIGNATURE = 16_384;

/**
 * Checks the signature of a commit, and in mode `all` of every commit that it has and `since` has not, merges included; what was
 * verified by the same keys is not looked at again, nor what was refused permanently by them, of which `answers` is the memory. The first that is not right, the newest before the older, is the answer. Nothing
 * is checked in mode `none`.
 */
export async function verifyCommits(
  reader: ObjectReader,
  { mode, keys }: VerifyConfig,
  range: CommitRange,
  now: Date,
  answers: FinalAnswers,
): Promise<Verification> {
  if (mode === "none") return { ok: true, signers: [], verified: null };
  const trusted = await readTrustedKeys(keys);
  const since = mode === "head" ? null : await findStart(reader, range, trusted.fingerprint);
  const listed = since === null ? [range.id] : await listCommits(reader, range.id, since);
  if (typeof listed === "string") return { ok: false, message: listed };
  const signers = new Set<string>();
  for await (const commit of readCommits(reader, listed)) {
    const checked = await answers.ask(
      `verify ${commit.id} by ${trusted.fingerprint}`,
      () => verifyCommit(commit, trusted, now),
      (check) => !check.ok && check.lasts,
    );
    if (!checked.ok) return { ok: false, message: explain(commit, checked) };
    signers.add(checked.signer);
  }
  const verified = mode === "all" ? { revision: range.id, under: trusted.fingerprint } : null;
  return { ok: true, signers: [...signers], verified };
}

/** What was verified counts only as a part of the revision: where history was rewritten, the applied one does. */
async function findStart(reader: ObjectReader, { id, since, verified }: CommitRange, under: string) {
  if (verified === null || verified.under !== under || !(await hasCommit(reader, verified.revision))) return since;
  const outside = await readListing(reader, ["rev-list", "--max-count=1", verified.revision, `^${id}`], "\n");
  return outside.length === 0 ? verified.revision : since;
}

/** The newest first; a message where not all of them are known. The revision itself is among them even when `since` has it. */
async function listCommits(reader: ObjectReader, id: string, since: string): Promise<readonly string[] | string> {
  if (!(await hasCommit(reader, since))) {
    return `The commits since ${since} can't be checked: that commit is no longer in the mirror. Review the history yourself, and reconcile ${id} by hand once, with \`verify.mode: head\`.`;
  }
  const args = ["rev-list", "--topo-order", `--max-count=${MOST_COMMITS + 1}`, id, `^${since}`];
  const listed = await readListing(reader, args, "\n");
  if (listed.length > MOST_COMMITS) {
    return `There are more than ${MOST_COMMITS} commits between ${since} and ${id}, too many for one check. Review the history yourself, and reconcile ${id} by hand once, with \`verify.mode: head\`.`;
  }
  const [isShallow] = await readListing(reader, ["rev-parse", "--is-shallow-repository"], "\n");
  const isCut =
    isShallow === "true" &&
    (await readListing(reader, ["rev-list", "--max-count=1", since, `^${id}`], "\n")).length > 0;
  if (isCut) {
    return `The commits since ${since} can't be checked: the server serves only a part of the history. Serve all of it, or use \`verify.mode: head\`.`;
  }
  return listed.includes(id) ? listed : [id, ...listed];
}

async function verifyCommit({ signatures, payload }: Commit, keys: TrustedKeys, now: Date): Promise<SignatureCheck> {
  const [signature, ...more] = signatures;
  if (signature === undefined) {
    return {
      ok: false,
      lasts: true,
      why: "is not signed",
      remedy: "Sign it (`git commit --amend --no-edit -S`, or `git rebase -S` for several) and push again.",
    };
  }
  if (more.length > 0) return refuseForm("there is more than one");
  if (signature.length > LONGEST_SIGNATURE) return refuseForm(`it has more than ${LONGEST_SIGNATURE / 1024} kB`);
  if (isSshSignature(signature)) return verifySsh(signature, payload, keys.ssh);
  if (isOpenpgpSignature(signature)) return verifyOpenpgp(signature, payload, keys.openpgp, now);
  return refuseForm("it is neither OpenPGP nor SSH");
}

function explain({ id, subject, author }: Commit, { why, remedy }: Extract<SignatureCheck, { ok: false }>): string {
  return `The commit ${id} (${quoteText(subject)} by ${author}) ${why}. ${remedy}`;
}
