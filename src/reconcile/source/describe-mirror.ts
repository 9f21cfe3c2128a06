import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { GitOptions } from "../../systems/git/open-git.ts";
import { hashAddress } from "../../systems/git/remote-address.ts";
import { redactKnownSecrets } from "../../systems/http/known-secrets.ts";
import type { Credential } from "../../systems/http/list-credential-forms.ts";
import { redactCredentials } from "../../systems/http/redact-credentials.ts";
import { buildGitEnvironment, listGitSettings, type MirrorAccess } from "./build-git-environment.ts";
import { explainSourceError } from "./explain-source-error.ts";

/** The options of a mirror. */
export interface MirrorOptions extends MirrorAccess {
  /** Where mirrors are. */
  readonly folder: string;
  readonly place: string;
  readonly signal: AbortSignal;
  /** Gets what operators are to know, and nothing fails by. */
  readonly warn: (message: string) => void;
}

/** Where the private copies of a repository are, named by a hash of its address: of its branches, and of requests to change them. */
export function nameMirrors({ folder, config }: MirrorOptions): {
  readonly branches: string;
  readonly requests: string;
} {
  const name = hashAddress(config.url);
  return { branches: join(resolve(folder), `${name}.git`), requests: join(resolve(folder), `${name}-requests.git`) };
}

/** A name of a branch that no two branches share and that none is in the way of. */
export function hashBranch(branch: string): string {
  return createHash("sha256").update(branch).digest("hex").slice(0, 32);
}

/** How git is run in the mirror at `folder`. */
export function describeMirrorGit(folder: string, options: MirrorOptions, signal = options.signal): GitOptions {
  return {
    environment: buildGitEnvironment(folder, options),
    settings: listGitSettings(options),
    timeoutMs: options.config.timeout_ms,
    signal,
    explain: (error) => explainMirrorError(error, options),
  };
}

/** Takes what is sent to the server out of what git says, and the secrets of this process, such as the password of a proxy. */
export function redactMirror(text: string, { config, token }: Pick<MirrorAccess, "config" | "token">): string {
  const sent: readonly Credential[] = token === null ? [] : [{ secret: token, user: config.username }];
  return redactKnownSecrets(redactCredentials(text, sent));
}

/** As {@link explainSourceError}, without secrets. */
export function explainMirrorError(error: unknown, options: MirrorOptions) {
  return explainSourceError(error, options.place, (text) => redactMirror(text, options));
}
