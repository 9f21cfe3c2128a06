import type { OperationalError } from "../../model/errors/operational-error.ts";

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

/** {@link EXIT} as `--help` shows it. */
export const EXIT_HELP = `Exit codes:
  0  success, with or without changes
  1  error
  2  there are changes (plan and show with --detailed-exitcode), or drift
  3  invalid manifests, or an invalid configuration
  4  blocked by a check, or waiting for work, an approval or a window
  5  stale plan`;

/** The exit code of a command that an error ended. */
export function exitCodeOf({ code }: OperationalError): number {
  return code === "stale_plan" ? EXIT.stale : EXIT.error;
}
