import type { RepositoryConfig, SecretReference } from "../../model/daemon/daemon-config.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { checkRepository } from "./check-repository.ts";
import { createReads } from "./create-reads.ts";
import type { MirrorOptions } from "./describe-mirror.ts";
import { openFinalAnswers } from "./final-answers.ts";
import { openMirror } from "./open-mirror.ts";
import { openProposals } from "./open-proposals.ts";
import type { Commit } from "./parse-commit.ts";
import { findCommit, isCommitId, readCommit, requireCommits } from "./read-commits.ts";
import { type ObjectReader, readListing } from "./read-objects.ts";
import type { Advance, Revision, Source } from "./source.ts";

/** What a repository is opened with. */
export interface RepositoryTools {
  /** Where mirrors live; no two processes may share it. What is in it may be deleted while none runs. */
  readonly folder: string;
  readonly readSecret: (reference: SecretReference) => string;
  /** Addresses of repositories, or begins of them; nothing else is fetched. Empty: nothing is. */
  readonly allowed: readonly string[];
  /** Ends all running operations. */
  readonly signal?: AbortSignal;
  /** Gets what operators are to know, and nothing fails by. Default: nothing does. */
  readonly warn?: (message: string) => void;
  /** The clock that keys expire by. */
  readonly now?: () => Date;
}

/**
 * A branch of a git repository as a source. Nothing is fetched yet; an address that must not be fetched is refused here (`source_refused`).
 * The token is read again with each fetch.
 */
export async function openRepository(config: RepositoryConfig, tools: RepositoryTools): Promise<Source> {
  const scheme = checkRepository(config, tools.allowed);
  const { now = () => new Date(), warn = () => undefined } = tools;
  const closing = new AbortController();
  const signal = tools.signal === undefined ? closing.signal : AbortSignal.any([closing.signal, tools.signal]);
  const place = `${config.url} (branch ${config.branch})`;
  const options: MirrorOptions = { config, scheme, token: null, folder: tools.folder, place, signal, warn };
  const withToken = () => ({ ...options, token: config.token === null ? null : tools.readSecret(config.token) });
  const mirror = openMirror(options, withToken);
  const { reader } = mirror;
  const reads = createReads(config.path, reader);

  /** Reads, and once more from a new mirror where this one is damaged. */
  const mending = async <T>(task: () => Promise<T>): Promise<T> => {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof OperationalError && error.code === "source_damaged")) throw error;
      await mirror.renew();
      return task();
    }
  };
  const answers = openFinalAnswers();
  const describe = (id: string) =>
    answers.ask(
      `describe ${id}`,
      async () => describeCommit(await readCommit(reader, id)),
      () => true,
    );
  return {
    place,
    fetch: async () => {
      const id = await mirror.fetch();
      return mending(() => describe(id));
    },
    describe: (id) => mending(async () => describeCommit(await findCommit(reader, id))),
    read: (id) => mending(() => reads.revision(id)),
    compare: (from, to) =>
      answers.ask(
        `compare ${from} ${to}`,
        () => mending(() => compare(reader, from, to)),
        (advance) => advance !== "unknown",
      ),
    verify: async (id, since, verified = null) => {
      if (config.verify.mode === "none") return { ok: true, signers: [], verified: null };
      // What reads signatures is large, and most do without.
      const { verifyCommits } = await import("./verify-commits.ts");
      return mending(() => verifyCommits(reader, config.verify, { id, since, verified }, now(), answers));
    },
    proposals: openProposals({ options, withToken, mirror, reads, mending, answers }),
    watch: () => undefined,
    close: async () => closing.abort(),
  };
}

function describeCommit({ id, subject, author, at }: Commit): Revision {
  return { id, subject, author, at };
}

async function compare(reader: ObjectReader, from: string, to: string): Promise<Advance> {
  const [before] = await requireCommits(reader, [to], isCommitId(from) ? [from] : []);
  if (from === to) return "same";
  if (before?.type !== "commit") return "unknown";
  const [outside] = await readListing(reader, ["rev-list", "--max-count=1", from, `^${to}`], "\n");
  if (outside === undefined) return "forward";
  // Where the server itself has only the newest commits, what is not found may just be cut off.
  const [isShallow] = await readListing(reader, ["rev-parse", "--is-shallow-repository"], "\n");
  return isShallow === "true" ? "unknown" : "rewritten";
}
