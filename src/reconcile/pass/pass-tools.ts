import type { LoadedDesired } from "../../manifests/load-desired.ts";
import type { TargetConfig } from "../../model/daemon/daemon-config.ts";
import type { DaemonRecords, Notifications } from "../../model/daemon/daemon-records.ts";
import type { FindUnreviewed } from "../../model/daemon/unreviewed.ts";
import type { ControlPlaneName } from "../../model/ledger/ledger.ts";
import type { PassStep } from "../../model/passes/pass.ts";
import type { ApplyEvent } from "../../model/plan/apply-report.ts";
import type { Store } from "../../store/open-store.ts";
import type { RevisionCache } from "../source/load-revision.ts";
import type { Source } from "../source/source.ts";
import type { OpenTarget } from "../target.ts";
import type { RunTask } from "../workers/create-run-task.ts";
import type { PassTraces } from "./record-pass.ts";

/** What the passes of one target work with, from one pass to the next. */
export interface PassTools {
  readonly config: TargetConfig;
  /** The control planes of all targets of the configuration: what is half-way there is continued. */
  readonly configured: readonly ControlPlaneName[];
  readonly source: Source;
  /** Another one once secrets were replaced: to be asked for where it is used. */
  readonly target: OpenTarget;
  /** Takes up secrets that were replaced. Throws an OperationalError where one can't be read. */
  readonly renew: () => Promise<void>;
  readonly store: Store;
  readonly records: DaemonRecords;
  /** Finds what came onto the branch without a plan that could be reviewed; nothing where requests are not looked at. */
  readonly findUnreviewed: FindUnreviewed;
  /** What the credentials for the pull requests may do beyond what is needed; null: it was not asked yet. */
  readonly readExcess: () => readonly string[] | null;
  /** Resolves the references of manifests, again each time, as far as the target's configuration allows it. */
  readonly resolve: (loaded: LoadedDesired) => LoadedDesired;
  /** What was parsed of earlier revisions. */
  readonly cache: RevisionCache;
  /** Where sealing and planning are done. */
  readonly runTask: RunTask;
  /** Drafts the notifications, to be written with the state: a crash loses no message, and none is sent twice. */
  readonly draftMessages: (traces: PassTraces) => Promise<Notifications>;
}

/** One pass as it runs. */
export interface PassCall {
  /** The run id. */
  readonly id: string;
  /** Whether drift is looked for, or only a new revision and what is left to do. */
  readonly looksForDrift: boolean;
  /** Aborted when the daemon ends or its configuration is reloaded: fetches and reads end immediately, writes in progress are finished. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PassProgress) => void;
}

/** The progress of a running pass. */
export type PassProgress =
  | { readonly type: "step"; readonly step: PassStep }
  | { readonly type: "apply"; readonly event: ApplyEvent };
