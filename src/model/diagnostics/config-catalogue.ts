import { type CatalogueEntry, error, warning } from "./catalogue-entry.ts";

/** The codes of mistakes in the daemon's configuration. */
export const CONFIG_CATALOGUE = {
  "config-several-documents": error(
    "The configuration has several documents",
    "Only one of them could count.",
    "Put everything into one document, without `---` in between.",
  ),
  "config-no-target": error(
    "No target is configured",
    "Without one, the daemon has nothing to do.",
    "Add a target with its repository and its control plane.",
  ),
  "config-literal-secret": error(
    "A secret is written out",
    "Anyone who reads the file, or a copy of it, has the secret. The configuration names where a secret is, and never holds one.",
    "Write {env: NAME} or {file: PATH}. A secret that stood here is to be replaced.",
  ),
  "config-choose-one": error(
    "One of two fields is required",
    "With none of them something is missing, and of two only one could count.",
    "Keep exactly one of the two.",
  ),
  "config-duplicate-name": error(
    "A name is used twice",
    "Names identify targets, windows, rules, tokens and receivers in messages and in the audit.",
    "Rename one of them.",
  ),
  "config-bad-url": error(
    "An address is not allowed",
    "Of some kinds of addresses, git runs programs, and some carry secrets without encryption.",
    "Write https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or file:///PATH for a repository, and https://HOST for a server.",
  ),
  "config-url-credentials": error(
    "An address contains a user or password",
    "Addresses are shown in logs and on pages, and the configuration holds no secret.",
    "Remove it from the address, rotate it, and refer to it by token: {env: NAME} or {file: PATH}.",
  ),
  "config-bad-branch": error(
    "A branch name is not allowed",
    "Other names mean something else to git, or there can be no such branch.",
    "Write the plain name of the branch, for example main.",
  ),
  "config-bad-path": error(
    "A path leads out of the repository",
    "Manifests are in the repository: only what lies there is part of a revision.",
    "Write a path from the root of the repository, without a leading slash and without `..`.",
  ),
  "config-bad-scope": error(
    "A scope is invalid",
    "Settings hold in a domain, or in a project of a domain.",
    "Write DOMAIN or DOMAIN/PROJECT.",
  ),
  "config-no-control-plane": error(
    "A target has no control plane",
    "It needs a Union control plane with its organization, or a flyteadmin.",
    "Set endpoint and org, or flyteadmin.endpoint.",
  ),
  "config-shared-control-plane": error(
    "Two targets write to one place",
    "What one of them does not know, the other one owns: each would undo, or delete, what the other one made.",
    "Make one target of them, with one folder of manifests.",
  ),
  "config-nested-delivery": error(
    "What is delivered lands in another target's place, or among manifests",
    "A manifest names the path that its files are written to below the place of delivery: a committer to one target could read and overwrite the files of the other, or write manifests without a review.",
    "Deliver to a folder, or a repository and branch, in which nothing else is delivered or read.",
  ),
  "config-verify-without-keys": error(
    "Commits must be signed, but no key is trusted",
    "Every revision would be refused.",
    "Name files with trusted keys, or set the mode to none.",
  ),
  "config-duration-range": error(
    "A duration is too short or too long",
    "Timers need at least a second in most places, and none waits longer than a day.",
    "Write a duration within the range.",
  ),
  "config-bad-schedule": error(
    "A schedule is invalid or never occurs",
    "Schedules are cron with five fields: minute, hour, day of month, month, day of week.",
    "Write for example `0 22 * * FRI`: every Friday at 22:00.",
  ),
  "config-bad-time-zone": error(
    "A time zone is unknown",
    "Without it, the times of a schedule are ambiguous.",
    "Write its IANA name, for example Europe/Berlin, or UTC.",
  ),
  "config-bad-share": error(
    "A share is not between 0 and 1",
    "It is a part of all managed objects.",
    "Write a number from 0 to 1, for example 0.3.",
  ),
  "config-bad-rule": error(
    "A rule can't be evaluated",
    "It is not CEL, or speaks of a variable, a function or a value that there is not, so every plan would break it, or none.",
    "Fix the expression; `poolkeeper policy test` tries it on a plan.",
  ),
  "config-bad-listen": error(
    "The address to listen on is invalid",
    "It is a host and a port.",
    "Write HOST:PORT, for example 127.0.0.1:8090, or [::1]:8090.",
  ),
  "config-missing-known-hosts": error(
    "A repository is reached over ssh, but no host key is trusted",
    "The identity of the server could not be verified: another host could impersonate it.",
    "Name a file with known_hosts: one that `ssh-keyscan HOST` wrote and you compared.",
  ),
  "config-no-forge": error(
    "Requests can't be found, or can't be authenticated",
    "The repository's address does not identify it on the forge, or there is neither a token nor an App.",
    "Add what is missing below pull_requests: url and repository, token, or app (of GitHub alone).",
  ),
  "config-nowhere-to-propose": error(
    "Drift is to be proposed, but there are no pull requests",
    "What was changed outside is written into the manifests by a pull request, which is opened where `pull_requests` says.",
    "Add pull_requests to the target's repository, or choose another action: off, report or revert.",
  ),
  "config-unknown-target": error(
    "A receiver names an unknown target",
    "It would never get a notification.",
    "Write the name of a target, or add it.",
  ),
  "config-unknown-placeholder": error(
    "A template names an unknown field",
    "It would stay empty, or be sent unchanged.",
    "Write the name of a field, or remove the placeholder.",
  ),
  "config-secret-missing": warning(
    "A secret is missing",
    "Its variable is not set or its file can't be read, here and now; what needs it fails until it is there.",
    "Set it where the daemon runs, and let the daemon's user read it.",
  ),
  "config-file-unreadable": warning(
    "A file or folder can't be read",
    "It is missing, or this user may not read it, here and now; what needs it fails until that is fixed.",
    "Put it there where the daemon runs, and let the daemon's user read it.",
  ),
  "config-shared-statuses": warning(
    "Two branches share the names of statuses",
    "A status belongs to a commit: a request of a commit to one branch that is not planned there keeps requests of that commit to the other branch pending.",
    "Set `status_name` to another name for each branch, and require the statuses of that name there.",
  ),
  "config-no-effect": warning(
    "A field has no effect here",
    "It belongs to another kind of address, or to something that is left out.",
    "Remove the field, or correct what it goes with.",
  ),
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
