import type { RepositoryConfig } from "../../model/daemon/daemon-config.ts";
import { writeBasic } from "../../systems/http/list-credential-forms.ts";
import type { Scheme } from "./check-repository.ts";

/** Variables of our own process that git needs: where programs and temporary files are, proxies, certificates, the agent of ssh. */
const PASSED_ON =
  /^(PATH|TMPDIR|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|all_proxy|ALL_PROXY|SSL_CERT_(FILE|DIR)|SSH_AUTH_SOCK|LD_LIBRARY_PATH)$/;

/** How the git of one mirror is run. */
export interface MirrorAccess {
  readonly config: RepositoryConfig;
  readonly scheme: Scheme;
  /** The value of `config.token`; null without one. */
  readonly token: string | null;
}

/**
 * The variables of a git that works in the mirror at `folder` and nowhere else: it reads no settings of this machine or its user, and
 * talks one protocol. The token goes as a setting in the environment, where no list of processes shows it.
 */
export function buildGitEnvironment(folder: string, access: MirrorAccess): Readonly<Record<string, string>> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && PASSED_ON.test(entry[0]),
  );
  return {
    ...Object.fromEntries(kept),
    // Neither .netrc nor .gitconfig, .ssh or credential helpers of the user that runs us.
    HOME: folder,
    GIT_DIR: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_ALLOW_PROTOCOL: access.scheme,
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_SSH_COMMAND: buildSshCommand(access.config),
    ...buildTokenSetting(access),
  };
}

/** Settings without secrets, for arguments. A silent connection is ended by git itself too, so that none outlives us. */
export function listGitSettings({ config, scheme }: MirrorAccess): readonly string[] {
  const seconds = Math.max(1, Math.ceil(config.timeout_ms / 1000));
  return [
    "http.lowSpeedLimit=1",
    `http.lowSpeedTime=${seconds}`,
    "credential.interactive=false",
    "fetch.fsckObjects=true",
    ...HARMLESS.map((name) => `fetch.fsck.${name}=ignore`),
    ...(scheme === "https" && config.ca_file !== null ? [`http.sslCAInfo=${config.ca_file}`] : []),
  ];
}

/** Old mistakes of other programs that forges accept, and that nothing here reads. */
const HARMLESS = [
  "zeroPaddedFilemode",
  "missingSpaceBeforeDate",
  "badTimezone",
  "missingSpaceBeforeEmail",
  "badEmail",
  "missingEmail",
];

function buildTokenSetting({ config, token }: MirrorAccess): Readonly<Record<string, string>> {
  if (token === null) return {};
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: ${writeBasic(config.username, token)}`,
  };
}

/** ssh that asks nothing, reads no settings of this machine's user, and talks to known hosts only. */
function buildSshCommand({ ssh_key, known_hosts, timeout_ms }: RepositoryConfig): string {
  const seconds = Math.max(1, Math.ceil(timeout_ms / 1000));
  const options = [
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${quotePath(known_hosts ?? "/dev/null")}`,
    "GlobalKnownHostsFile=/dev/null",
    "UpdateHostKeys=no",
    "ForwardAgent=no",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    `ConnectTimeout=${seconds}`,
    "ServerAliveInterval=15",
    "ServerAliveCountMax=2",
    ...(ssh_key === null ? [] : ["IdentitiesOnly=yes", "IdentityAgent=none", `IdentityFile=${quotePath(ssh_key)}`]),
  ];
  return ["ssh", "-F", "/dev/null", ...options.flatMap((option) => ["-o", quoteWord(option)])].join(" ");
}

/** A path as ssh takes it in an option: in quotes, `%` doubled. */
function quotePath(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%")}"`;
}

/** A word as the shell takes it, which git runs the command by. */
function quoteWord(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
