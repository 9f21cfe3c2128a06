import type { VerifiedRevision } from "../../model/daemon/daemon-records.ts";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import type { ManifestFile } from "../../model/objects/manifest.ts";
import type { Proposals } from "./proposals.ts";

/** One state of a source. */
export interface Revision {
  /** The commit's SHA; of a folder, a hash of its files. */
  readonly id: string;
  /** First line of the commit's message, cut at 200 characters and without control characters; "" for a folder. */
  readonly subject: string;
  /** Name and address of who wrote the commit; "" for a folder. */
  readonly author: string;
  /** When it was committed, ISO 8601 in UTC. */
  readonly at: string;
}

/** What git says of two revisions. `rewritten`: the new one does not contain the old one (a force push, or another branch). */
export type Advance = "same" | "forward" | "rewritten" | "unknown";

/** Whether a revision carries the signatures that are asked for. */
export type Verification =
  | {
      readonly ok: true;
      readonly signers: readonly string[];
      /** From where the next check may begin; null where it is not asked of every commit. */
      readonly verified: VerifiedRevision | null;
    }
  /** `message` names the commit and what is wrong with its signature, for the person who must act. */
  | { readonly ok: false; readonly message: string };

/**
 * Where manifests come from: a branch of a git repository, mirrored, or a folder. Nothing of it is ever run: no hooks, filters, submodules
 * or large-file fetches. Every method throws an OperationalError whose `code` is one of: `source_unreachable`, `source_refused`
 * (credentials, allow-list), `branch_missing`, `source_too_large`, `source_malformed`, `source_damaged`, `source_no_space`, `revision_missing`.
 */
export interface Source {
  /** For messages, without secrets. */
  readonly place: string;
  /** Asks the server for its newest revision, fetches what is missing, and gives it. */
  fetch(): Promise<Revision>;
  /** A revision that the mirror has: any commit that was ever fetched. */
  describe(id: string): Promise<Revision>;
  /** The manifest files below the source's path, sorted by path; what can't be taken as one is a diagnostic. */
  read(id: string): Promise<SourceFiles>;
  /** How `to` relates to `from`. */
  compare(from: string, to: string): Promise<Advance>;
  /**
   * Checks signatures of `id`, and in mode `all` of every commit since `since` (null: of `id` alone), or since `verified` where `id`
   * contains it and the same is asked for by the same keys.
   */
  verify(id: string, since: string | null, verified?: VerifiedRevision | null): Promise<Verification>;
  /** Pull requests to the branch; null for a folder, which has none. */
  readonly proposals: Proposals | null;
  /** Calls back when the source may have changed; only folders can detect that. Ends with the signal. */
  watch(changed: () => void, signal: AbortSignal): void;
  close(): Promise<void>;
}

export interface SourceFiles {
  /** `blob` is the same text's name for as long as it is the same text. */
  readonly files: readonly (ManifestFile & { readonly blob: string })[];
  readonly diagnostics: readonly Diagnostic[];
}
