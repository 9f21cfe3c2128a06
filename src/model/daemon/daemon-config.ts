import type { Generation } from "../objects/live.ts";
import type { Grade } from "../plan/plan.ts";
import type { AllowedReferences } from "./allowed-references.ts";
import type { ForgeKind } from "./forge-kind.ts";
import type { ReceiverType } from "./receivers.ts";

/** A secret by reference: the configuration never holds its value. Exactly one of the two is given. */
export type SecretReference =
  /** The name of an environment variable. */
  | { readonly env: string }
  /** The path of a file with its text, read again at each use; surrounding white space is ignored. */
  | { readonly file: string };

/** The contents of `poolkeeper.yaml`, with every default filled in. Durations are milliseconds, in any unit of the file. */
export interface DaemonConfig {
  readonly targets: readonly TargetConfig[];
  /** Where the store is: a directory, or a database. */
  readonly store: StoreConfig;
  readonly http: HttpConfig;
  readonly notifications: readonly NotificationConfig[];
  readonly retention: RetentionConfig;
}

export type StoreConfig =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "database"; readonly url: SecretReference };

/** One repository folder, reconciled onto one control plane. */
export interface TargetConfig {
  /** Unique; lower-case letters, digits and dashes: it stands in URLs and metrics. */
  readonly name: string;
  readonly source: SourceConfig;
  readonly control_plane: ControlPlaneConfig;
  readonly policy: PolicyConfig;
  readonly drift: DriftConfig;
  readonly lease: LeaseConfig;
  /** Patterns over `ADDRESS.PATH` of values that are sensitive, in which `*` stands for any letters. */
  readonly sensitive: readonly string[];
  /** What references of its manifests may name. Paths are absolute. */
  readonly references: AllowedReferences;
}

/** Where manifests come from. */
export type SourceConfig = RepositoryConfig | FolderConfig;

export interface RepositoryConfig {
  readonly kind: "repository";
  /** https://, ssh://, git@host:path, or file:// */
  readonly url: string;
  readonly branch: string;
  /** The folder of the manifests in the repository; "" is its root. */
  readonly path: string;
  /** For https: the user that goes with the token, and the token. */
  readonly username: string;
  readonly token: SecretReference | null;
  /** For ssh: paths of the private key and of the known hosts. */
  readonly ssh_key: string | null;
  readonly known_hosts: string | null;
  /** A custom certificate authority for https. */
  readonly ca_file: string | null;
  readonly webhook: WebhookConfig | null;
  /** Null: requests are not looked at. */
  readonly pull_requests: PullRequestsConfig | null;
  /** How often it is asked without a webhook, and at most how much longer by chance. */
  readonly poll_ms: number;
  readonly jitter_ms: number;
  /** How long one fetch may take, and how long git may be silent where it reads what was fetched. */
  readonly timeout_ms: number;
  /** Most bytes that the mirror may hold. */
  readonly max_bytes: number;
  readonly verify: VerifyConfig;
}

/** A folder on this machine, watched. */
export interface FolderConfig {
  readonly kind: "folder";
  readonly path: string;
  /** How long it has to be quiet before it is read. */
  readonly debounce_ms: number;
  readonly poll_ms: number;
  readonly jitter_ms: number;
}

export interface WebhookConfig {
  readonly forge: ForgeKind;
  readonly secret: SecretReference;
}

/** Plans on pull requests of one repository on a forge. */
export interface PullRequestsConfig {
  readonly forge: ForgeKind;
  /** Null: the public one of its kind. */
  readonly url: string | null;
  readonly repository: string;
  readonly access:
    | { readonly kind: "token"; readonly token: SecretReference }
    | {
        readonly kind: "app";
        readonly app_id: number;
        readonly installation_id: number;
        readonly key: SecretReference;
      };
  readonly forks: boolean;
  readonly drafts: boolean;
  readonly skip_label: string;
  /** Whether the statuses of a request that is not planned (fork, draft, label) hold its merge back. What it changes is held either way. */
  readonly unplanned: "block" | "pass";
  /** What the statuses begin with: `NAME/plan`, `NAME/apply`. Targets with the same name have their statuses together. */
  readonly status_name: string;
  /** How what needs an approval gets it: by the merge of the plan that was shown, or by being asked for. */
  readonly approval: "merge" | "explicit";
  /** Whether users may approve a request that they opened, or that has commits which they made or pushed (self-approval). */
  readonly self_approval: boolean;
  /** Logins of those who may plan, apply and unlock by comment; empty: everyone who may write. */
  readonly operators: readonly string[];
  /** How approvals by comments count where the forge does not report whether another user edited them. */
  readonly unverified_comments: "refuse" | "accept";
}

/** Which commits have to be signed: none, the one that is applied, or every one since the revision that was applied last. */
export interface VerifyConfig {
  readonly mode: "none" | "head" | "all";
  /** Files with trusted keys: OpenPGP public keys (`.asc`), or SSH public keys in the form of authorized_keys. */
  readonly keys: readonly string[];
}

export interface ControlPlaneConfig {
  /** "" where there is flyteadmin alone. */
  readonly endpoint: string;
  readonly org: string;
  readonly generation: Generation | null;
  readonly token: SecretReference | null;
  readonly api_key: SecretReference | null;
  readonly ca_file: string | null;
  readonly insecure: boolean;
  /** How long one call that reads may take. */
  readonly timeout_ms: number;
  /** The same for one that writes. It is added to a lease: so long a write of a killed process may be under way. */
  readonly write_timeout_ms: number;
  /** How many objects one of its lists may have. */
  readonly max_objects: number;
  readonly flyteadmin: { readonly endpoint: string; readonly token: SecretReference | null } | null;
  /** Where the files of Flyte's clusters go, as `--deliver` says it. */
  readonly deliver: string | null;
  /** How many bytes the private clone of a repository there may have. */
  readonly deliver_max_bytes: number;
  /** Scopes of settings to look at as well, `DOMAIN` or `DOMAIN/PROJECT`. */
  readonly scopes: readonly string[];
}

export interface PolicyConfig {
  readonly auto_apply: Grade;
  readonly prune: "none" | "owned" | "all";
  /** 0 to 1. */
  readonly max_destroy_share: number;
  readonly on_pool_change: "auto" | "move" | "replace";
  readonly freeze: { readonly reason: string } | null;
  readonly windows: readonly WindowConfig[];
  readonly rules: readonly RuleConfig[];
  readonly approval: ApprovalConfig;
}

/** A change window: while a `deny` is open nothing is written; where there is an `allow`, one has to be open. */
export interface WindowConfig {
  readonly name: string;
  readonly kind: "allow" | "deny";
  /** When it opens: cron with five fields, in its time zone. */
  readonly schedule: string;
  /** How long it stays open in real time; 0 where `until` says when it ends. */
  readonly duration_ms: number;
  /** When it ends by the clocks of its time zone: cron with five fields, which first comes after it has opened. Left out: after its duration. */
  readonly until?: string;
  readonly time_zone: string;
}

/** A custom check over the plan. */
export interface RuleConfig {
  readonly name: string;
  /** CEL over `plan` (its JSON) and `target` (the name); true means that the rule is broken. */
  readonly when: string;
  readonly severity: "warn" | "fail";
  readonly message: string;
}

export interface ApprovalConfig {
  /** Names of those who may approve, as the tokens and forges have them; empty: everyone whose token allows it. */
  readonly approvers: readonly string[];
  readonly expires_ms: number;
}

/** What is done about what was changed outside. `propose`: nothing is set back, and a pull request writes it into the manifests. */
export type DriftAction = "off" | "report" | "revert" | "propose";

export interface DriftConfig {
  /** When to look: cron with five fields. Null: with every poll. */
  readonly schedule: string | null;
  readonly time_zone: string;
  readonly action: DriftAction;
  /** The action of one kind in place of the general one. */
  readonly kinds: Readonly<Record<string, DriftAction>>;
  /** In how many passes in a row a drift has to be seen before it counts. */
  readonly sightings: number;
  /** For how long it has to be seen in them all; 0: it only has to be seen that often. */
  readonly seen_for_ms: number;
  /** Whether `revert` may move, replace, drain and delete. */
  readonly destructive: boolean;
  /** An object that was set back so often within that time, and is changed again, is left alone; 0: none is. */
  readonly contested_after: number;
  readonly contested_within_ms: number;
}

export interface LeaseConfig {
  readonly ttl_ms: number;
}

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /** How people reach it, for links; null: by host and port. */
  readonly public_url: string | null;
  /** Host names that requests may be sent to, in lower case, beside loopback, addresses and those of `host` and `public_url`. */
  readonly hosts: readonly string[];
  /** Whether reading needs a token. */
  readonly read: "open" | "token";
  readonly tokens: readonly TokenConfig[];
  /** Addresses or networks of proxies whose `X-Forwarded-For` counts; empty: the address of the connection is the caller's. */
  readonly trusted_proxies: readonly string[];
  /** Most requests in a minute: of a token from one address, or of an address without a token. */
  readonly requests_per_minute: number;
}

/** What a token may: look; ask for a pass and pause too; approve and override too. */
export const ROLES = ["read", "operate", "approve"] as const;
export type Role = (typeof ROLES)[number];

export interface TokenConfig {
  /** Who it stands for in the audit. */
  readonly name: string;
  readonly role: Role;
  readonly secret: SecretReference;
}

export interface NotificationConfig {
  readonly name: string;
  readonly type: ReceiverType;
  readonly url: SecretReference;
  /** Signs the body (HMAC SHA-256), where {@link RECEIVERS} says that it can be signed. */
  readonly secret: SecretReference | null;
  /** Which events; empty: all. */
  readonly events: readonly string[];
  /** Which targets; empty: all. */
  readonly targets: readonly string[];
  /** Text with `{{field}}` in it, in place of the usual one. */
  readonly template: string | null;
}

export interface RetentionConfig {
  /** How long passes, plans, audit and outbox are kept. */
  readonly keep_ms: number;
  /** How long the change log is kept. */
  readonly changes_ms: number;
  /** Most passes of one target, of any age. */
  readonly passes: number;
}
