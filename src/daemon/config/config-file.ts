import type {
  DriftConfig,
  NotificationConfig,
  Role,
  VerifyConfig,
  WebhookConfig,
  WindowConfig,
} from "../../model/daemon/daemon-config.ts";
import type { ForgeKind } from "../../model/daemon/forge-kind.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import type { Grade } from "../../model/plan/plan.ts";

/** A secret by reference as the file has it: exactly one of the two. */
export interface SecretInFile {
  readonly env?: string;
  readonly file?: string;
}

/** `poolkeeper.yaml` as it is written: what `schemas/poolkeeper.schema.json` takes. Durations are text, paths may be relative. */
export interface ConfigFile {
  readonly targets: readonly TargetInFile[];
  readonly policy?: PolicyInFile;
  readonly drift?: DriftInFile;
  readonly store?: { readonly directory?: string; readonly database_url?: SecretInFile };
  readonly http?: HttpInFile;
  readonly notifications?: readonly NotificationInFile[];
  readonly retention?: { readonly keep?: string; readonly changes?: string; readonly passes?: number };
  readonly lease?: { readonly ttl?: string };
  readonly sensitive?: readonly string[];
}

/** A target: exactly one of repository and folder. */
export interface TargetInFile {
  readonly name: string;
  readonly repository?: RepositoryInFile;
  readonly folder?: FolderInFile;
  readonly control_plane: ControlPlaneInFile;
  readonly policy?: PolicyInFile;
  readonly drift?: DriftInFile;
  readonly sensitive?: readonly string[];
  readonly references?: { readonly env?: readonly string[]; readonly files?: readonly string[] };
}

/** Where its manifests come from, if from git. */
export interface RepositoryInFile {
  readonly url: string;
  readonly branch?: string;
  readonly path?: string;
  readonly username?: string;
  readonly token?: SecretInFile;
  readonly ssh_key?: string;
  readonly known_hosts?: string;
  readonly ca_file?: string;
  readonly webhook?: { readonly forge: WebhookConfig["forge"]; readonly secret: SecretInFile };
  readonly pull_requests?: PullRequestsInFile;
  readonly poll?: string;
  readonly jitter?: string;
  readonly timeout?: string;
  readonly max_size?: string;
  readonly verify?: { readonly mode?: VerifyConfig["mode"]; readonly keys?: readonly string[] };
}

/** Plans on pull requests. */
export interface PullRequestsInFile {
  readonly forge: ForgeKind;
  readonly url?: string;
  readonly repository?: string;
  readonly token?: SecretInFile;
  readonly app?: { readonly id: number; readonly installation: number; readonly key: SecretInFile };
  readonly forks?: boolean;
  readonly drafts?: boolean;
  readonly skip_label?: string;
  readonly unplanned?: "block" | "pass";
  readonly status_name?: string;
  readonly approval?: "merge" | "explicit";
  readonly self_approval?: boolean;
  readonly operators?: readonly string[];
  readonly unverified_comments?: "refuse" | "accept";
}

/** Where its manifests come from, if from this machine. */
export interface FolderInFile {
  readonly path: string;
  readonly debounce?: string;
  readonly poll?: string;
  readonly jitter?: string;
}

/** The systems of a target. */
export interface ControlPlaneInFile {
  readonly endpoint?: string;
  readonly org?: string;
  readonly generation?: "2026-07" | "2026-11";
  readonly token?: SecretInFile;
  readonly api_key?: SecretInFile;
  readonly ca_file?: string;
  readonly insecure?: boolean;
  readonly timeout?: string;
  readonly write_timeout?: string;
  readonly max_objects?: number;
  readonly flyteadmin?: { readonly endpoint: string; readonly token?: SecretInFile };
  readonly deliver?: string;
  readonly deliver_max_size?: string;
  readonly scopes?: readonly string[];
}

/** Of the top level or of a target; what is left out comes from the former, else from the defaults. */
export interface PolicyInFile {
  readonly auto_apply?: Grade;
  readonly prune?: "none" | "owned" | "all";
  /** A YAML fraction is text. */
  readonly max_destroy_share?: number | string;
  readonly on_pool_change?: "auto" | "move" | "replace";
  readonly freeze?: { readonly reason: string } | null;
  readonly windows?: readonly WindowInFile[];
  readonly rules?: readonly RuleInFile[];
  readonly approval?: { readonly approvers?: readonly string[]; readonly expires?: string };
}

/** A change window. */
export interface WindowInFile {
  readonly name: string;
  readonly kind: WindowConfig["kind"];
  readonly schedule: string;
  readonly duration?: string;
  readonly until?: string;
  readonly time_zone?: string;
}

/** A custom check. */
export interface RuleInFile {
  readonly name: string;
  readonly when: string;
  readonly severity?: "warn" | "fail";
  readonly message: string;
}

/** Of the top level or of a target, as for policy. */
export interface DriftInFile {
  readonly schedule?: string | null;
  readonly time_zone?: string;
  readonly action?: DriftConfig["action"];
  readonly kinds?: DriftConfig["kinds"];
  readonly sightings?: number;
  readonly seen_for?: string;
  readonly destructive?: boolean;
  readonly contested_after?: number;
  readonly contested_within?: string;
}

/** The API and the page. */
export interface HttpInFile {
  readonly listen?: string;
  readonly public_url?: string;
  readonly hosts?: readonly string[];
  readonly read?: "open" | "token";
  readonly tokens?: readonly { readonly name: string; readonly role: Role; readonly secret: SecretInFile }[];
  readonly trusted_proxies?: readonly string[];
  readonly requests_per_minute?: number;
}

/** A receiver of messages. */
export interface NotificationInFile {
  readonly name: string;
  readonly type: NotificationConfig["type"];
  readonly url: SecretInFile;
  readonly secret?: SecretInFile;
  readonly events?: readonly string[];
  readonly targets?: readonly string[];
  readonly template?: string;
}

/** What is left of a value once everything wrong was taken out: anything may be missing, entries of lists too. */
export type Draft<T> = T extends readonly (infer E)[]
  ? readonly (Draft<E> | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: Draft<T[K]> | undefined }
    : T;

/** A part of the file, and where it is. */
export interface Placed<T> {
  readonly value: T;
  readonly path: NodePath;
}

/** The entries of a list that are sound, each with its place. */
export function placeEntries<T>(list: readonly (T | undefined)[] | undefined, path: NodePath): readonly Placed<T>[] {
  return (list ?? []).flatMap((value, index) => (value === undefined ? [] : [{ value, path: [...path, index] }]));
}

/** The targets of a file, each with its place. */
export function placeTargets(file: Draft<ConfigFile>): readonly Placed<Draft<TargetInFile>>[] {
  return placeEntries(file.targets, ["targets"]);
}
