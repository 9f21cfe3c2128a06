import type { PullRequestsConfig, SecretReference, TargetConfig } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import type { FindUnreviewed } from "../model/daemon/unreviewed.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import { createAuthorFinder } from "../pull-requests/authors/find-authors.ts";
import { createUnreviewedFinder } from "../pull-requests/authors/find-unreviewed.ts";
import { createForgeQuota } from "../pull-requests/forge/create-forge-quota.ts";
import type { ForgeAccess } from "../pull-requests/forge/forge.ts";
import { openForge } from "../pull-requests/forge/open-forge.ts";
import { recallPermissions } from "../pull-requests/forge/recall-permissions.ts";
import { openRest } from "../pull-requests/rest-when-limited.ts";
import { createChangeFinder } from "../pull-requests/review/find-change.ts";
import { findPeers } from "../pull-requests/review/find-peers.ts";
import type { ReviewActs, ReviewTools } from "../pull-requests/review/review-tools.ts";
import { openSpending } from "../pull-requests/review/spending.ts";
import { type ReviewRound, reviewRequests } from "../pull-requests/review-requests.ts";
import { type MonotonicClock, monotonicClock } from "../store/leases/monotonic-clock.ts";
import { readAuthorities } from "../systems/http/read-authorities.ts";
import type { ConfirmJob } from "./jobs/jobs.ts";

/** Looks at the pull requests of one target. */
export interface Reviewer {
  /**
   * One round over all of them, one at a time; ends early with the signal. `confirm` is asked before each write to the forge or of a record.
   * Throws an OperationalError where forge, repository or store are unavailable, and what `confirm` throws.
   */
  review(signal: AbortSignal, confirm: ConfirmJob): Promise<ReviewRound>;
  /** What came onto the branch without a plan that could be reviewed. */
  readonly findUnreviewed: FindUnreviewed;
  /** What the credentials may do beyond what is needed; null: it was not asked yet. */
  readExcess(): readonly string[] | null;
  close(): Promise<void>;
}

/** What reviews need of the daemon. */
export interface ReviewerTools {
  readonly version: string;
  readonly readSecret: (reference: SecretReference) => string;
  readonly acts: () => ReviewActs;
  /** All that are configured now. */
  readonly targets: () => readonly TargetConfig[];
  /** The URL of the daemon's pages; null: unknown. */
  readonly findUrl: () => string | null;
  /** Called for each call of a forge. */
  readonly onForgeCall: (target: string, method: string) => void;
  /** What calls in an hour are measured by; left out: the machine's. */
  readonly clock?: Pick<MonotonicClock, "now">;
}

/** Opens the reviewer of a target whose configuration asks for one, else null. Nothing is called yet, and nothing any more once `ending` is aborted. Throws an OperationalError where a file can't be read. */
export async function openReviewer(
  pass: ReviewTools["pass"],
  { readSecret, version, acts, targets, findUrl, onForgeCall, clock = monotonicClock }: ReviewerTools,
  ending: AbortSignal,
): Promise<Reviewer | null> {
  const { config, source } = pass;
  const { proposals } = source;
  if (config.source.kind !== "repository" || config.source.pull_requests === null || proposals === null) return null;
  const { pull_requests: requests, ca_file } = config.source;
  let calls = 0;
  const quota = createForgeQuota(() => Date.parse(forge.now() ?? new Date().toISOString()));
  const share = () => findPeers(targets(), requests).length;
  const spending = openSpending({ calls: () => calls, share, isLow: quota.isLow, now: () => clock.now() });
  /** Of the round under way. */
  let confirm: ConfirmJob = async () => {};
  const forge = await openForge({
    ...{ kind: requests.forge, url: requests.url, repository: requests.repository, timeoutMs: CALL_MS },
    ...{ access: readAccess(requests, readSecret), ca: ca_file === null ? null : readAuthorities(ca_file), ending },
    onCall: (method) => {
      calls += 1;
      onForgeCall(config.name, method);
    },
    onAnswer: quota.note,
    confirmWrite: () => confirm(),
  });
  const pageOf = (number: number) => {
    const url = findUrl();
    return url === null ? null : `${url}/targets/${config.name}/requests/${number}`;
  };
  // Passes and rounds leave a forge alone together.
  const rest = openRest();
  const [findMerged, listMergedLately] = [rest(forge.findMerged), rest(forge.listMergedLately)];
  const findChange = createChangeFinder(source);
  const asked = { pass, proposals, findChange, forge: { ...forge, findMerged, listMergedLately } };
  const findAuthors = createAuthorFinder(asked);
  const recallPermission = recallPermissions(forge.readPermission, monotonicClock);
  let known: readonly string[] | null = null;
  /** Asked once: a forge that does not answer is asked in the next round. Nothing depends on it. */
  const checkRights = async () => {
    if (known !== null) return {};
    try {
      known = await forge.readExcess();
      return { excess: known };
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      return {};
    }
  };
  return {
    findUnreviewed: createUnreviewedFinder(asked),
    review: rest(async (signal: AbortSignal, confirmRound: ConfirmJob) => {
      confirm = confirmRound;
      const peers = findPeers(targets(), requests);
      const records = confirmFirst(pass.records, confirmRound);
      const shared = {
        pass: { ...pass, records },
        forge,
        proposals,
        findChange,
        findAuthors,
        spending,
        recallPermission,
        config: requests,
        confirm: confirmRound,
      };
      const tools = { ...shared, acts: acts(), peers, version, pageOf, signal };
      return { ...(await reviewRequests(tools)), ...(await checkRights()) };
    }),
    readExcess: () => known,
    close: () => forge.close(),
  };
}

/** What is kept of requests is written only by who still has the job. */
function confirmFirst(records: DaemonRecords, confirm: ConfirmJob): DaemonRecords {
  const guard =
    <Given extends readonly unknown[], Result>(write: (...given: Given) => Promise<Result>) =>
    async (...given: Given) => {
      await confirm();
      return write(...given);
    };
  return {
    ...records,
    renameRequest: guard(records.renameRequest),
    writeReview: guard(records.writeReview),
    writeReviewAct: guard(records.writeReviewAct),
    noteShown: guard(records.noteShown),
    extendDecision: guard(records.extendDecision),
    writeAuthors: guard(records.writeAuthors),
    writeGroup: guard(records.writeGroup),
    removeGroups: guard(records.removeGroups),
  };
}

/** How long one call of a forge may take. */
const CALL_MS = 30_000;

function readAccess({ access }: PullRequestsConfig, readSecret: ReviewerTools["readSecret"]): ForgeAccess {
  if (access.kind === "token") return { kind: "token", token: () => readSecret(access.token) };
  const { app_id, installation_id, key } = access;
  return { kind: "app", app_id, installation_id, key: () => readSecret(key) };
}
