import { cutForeign, type ForeignWords, type Redact, reshapeForeign } from "../../model/secrets/cut-foreign.ts";
import { GitEndedError } from "./run-git.ts";

/** Why git failed, as far as it matters for what to do. */
export type GitFaultKind =
  | "no_git"
  /** The system gives us too little to run it: file descriptors, processes, memory. */
  | "starved"
  /** The disk has no room for what it writes. */
  | "full"
  /** An object takes more memory than it may. */
  | "oversized"
  /** It needs more memory for all of them than it may take. */
  | "swollen"
  /** An object is not as git's check wants it. */
  | "malformed"
  | "untrusted"
  | "branch_missing"
  | "redirected"
  | "busy"
  | "denied"
  | "unreachable"
  | "no_repository"
  | "locked"
  | "rejected"
  /** Silent for longer than it may. */
  | "timeout"
  /** Said without end. */
  | "endless"
  /** Ended by the caller's signal. */
  | "cancelled"
  | "other";

/** What git ended with. */
export interface GitFault {
  readonly kind: GitFaultKind;
  /** The lines of git about the failure, in one line, without secrets. */
  readonly said: ForeignWords;
}

/** What git says; the first that fits counts. */
const PATTERNS: readonly (readonly [RegExp, GitFaultKind])[] = [
  [/spawn git ENOENT/, "no_git"],
  // As the kernel does where memory ends.
  [/^git was killed by SIG/, "starved"],
  [/^spawn .*\b(EMFILE|ENFILE|EAGAIN|ENOMEM)\b/, "starved"],
  // Its own words: those of a server come behind `remote:`.
  [/^(fatal|error): .*(Too many open files|Resource temporarily unavailable|Cannot allocate memory)/m, "starved"],
  [/^(fatal|error): .*(No space left on device|Disk quota exceeded)/m, "full"],
  [/attempting to allocate \d+ over limit/, "oversized"],
  [/^(fatal|error): .*out of memory/im, "swollen"],
  [/^fatal: fsck (error|failed)/m, "malformed"],
  [/SSL certificate problem|certificate verification failed|certificate subject name/i, "untrusted"],
  [/couldn't find remote ref/i, "branch_missing"],
  [/returned error: 30\d|from redirection/i, "redirected"],
  [/returned error: 429/i, "busy"],
  // Also of a proxy that refuses: neither the mirror nor what the server is sent has to do with it.
  [
    /Could not resolve proxy|proxy CONNECT aborted|from proxy after CONNECT|CONNECT tunnel failed|returned error: 407|Unsupported proxy|\bSOCKS[45] (connect|server|request|response)|connection to proxy closed/i,
    "unreachable",
  ],
  [
    /could not read (Username|Password)|Authentication failed|Permission denied|access denied|\b40[13]\b|Host key verification|dubious ownership/i,
    "denied",
  ],
  [
    /Could not resolve host|Connection (refused|reset|timed out)|Failed to connect|unable to connect|early EOF|RPC failed|hung up|timed out|Operation too slow|Empty reply from server|\b50[0234]\b/i,
    "unreachable",
  ],
  [/does not appear to be a git repository|Repository not found|not found|does not exist/i, "no_repository"],
  [/cannot lock ref|unable to lock|incorrect old value|failed to update ref/i, "locked"],
  [/\[(remote )?rejected\]|pre-receive|protected branch/i, "rejected"],
];

/** Of what git says, in characters: more of it says no more. */
const MOST_READ = 32_000;
/** Limit of its lines about the failure, in characters. */
const MOST_SAID = 500;

/** Explains how git ended. `redact` takes secrets out of what the server said by it. */
export function readGitFault(error: unknown, redact: Redact): GitFault {
  const all = error instanceof Error ? error.message : String(error);
  // The last lines say how it ended.
  const text = cutForeign(all, redact, { most: MOST_READ, keep: "end" });
  const said = reshapeForeign(text, shorten);
  if (error instanceof GitEndedError) return { kind: error.why, said };
  return { kind: PATTERNS.find(([pattern]) => pattern.test(text))?.[1] ?? "other", said };
}

function shorten(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const telling = lines.filter((line) =>
    /^(fatal|error|remote|!|ssh):?|Permission denied|^Host key verification/.test(line),
  );
  const said = (telling.length > 0 ? telling : lines).filter((line) => line !== "").join("; ");
  return said.slice(0, MOST_SAID).replace(/\.$/, "");
}
