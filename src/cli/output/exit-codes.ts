/** What a command's exit code means. The numbers are stable: scripts depend on them. */
export const EXIT = {
  /** Done, or nothing to change. */
  ok: 0,
  error: 1,
  /** `plan` and `show` with `--detailed-exitcode`: there are changes. `drift`: there is some. */
  changes: 2,
  invalid: 3,
  /** Blocked by a check, or by work that outlasted the wait. */
  blocked: 4,
  stale: 5,
} as const;
