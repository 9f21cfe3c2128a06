/** The variables of git that are passed on. */
const PASSED_ON = ["GIT_ASKPASS", "SSH_ASKPASS", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO"];
/** What may steer git and is not named above. */
const GUARDED = /^(GIT_.*|EDITOR|VISUAL|PAGER|PREFIX|SSH_ASKPASS)$/i;

/** The variables that git gets of an environment: of those that steer git, only where credentials come from. Without one, ssh asks nothing. */
export function selectEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (PASSED_ON.includes(entry[0]) || !GUARDED.test(entry[0])),
  );
  return { GIT_SSH_COMMAND: "ssh -o BatchMode=yes", ...Object.fromEntries(kept) };
}
