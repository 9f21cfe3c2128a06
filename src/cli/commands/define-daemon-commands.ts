import { DIGEST_DIGITS } from "../../model/text/digest-digits.ts";
import { type DefineCommand, introduce } from "../options/define-command.ts";
import {
  APPROVE_OPTIONS,
  BLAME_OPTIONS,
  HISTORY_OPTIONS,
  LIST_OPTIONS,
  PAUSE_OPTIONS,
  RECONCILE_OPTIONS,
  REJECT_OPTIONS,
  RESUME_OPTIONS,
  SERVER_OPTIONS,
} from "../options/server-options.ts";

const DIGEST = {
  type: "string",
  demandOption: true,
  describe: `Digest of the plan, or its first ${DIGEST_DIGITS} digits or more`,
} as const;
const TARGET = { type: "string", demandOption: true, describe: "Name of the target" } as const;
const A_PLAN = "the digest of a plan";
const A_TARGET = "the name of a target";

/** `targets`. */
export const targets: DefineCommand = (cli, call) =>
  cli.command(
    "targets",
    "List the targets of a running daemon with their status",
    (builder) =>
      introduce(builder, call, "targets", null, "poolkeeper targets", SERVER_OPTIONS).options(SERVER_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./targets.ts")).runTargets({ ...argv, timeoutMs: argv.timeout, colour: argv.color }),
      ),
  );

/** `history`. */
export const history: DefineCommand = (cli, call) =>
  cli.command(
    "history [target]",
    "Show a target's rollouts, passes and writes, with their revision and approval",
    (builder) =>
      introduce(
        builder,
        call,
        "history",
        A_TARGET,
        "poolkeeper history production --objects queue.batch",
        HISTORY_OPTIONS,
      )
        .positional("target", { type: "string", describe: "Name of the target; left out with --store" })
        .options(HISTORY_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./history.ts")).runHistory({ ...argv, timeoutMs: argv.timeout, colour: argv.color }),
      ),
  );

/** `blame`. */
export const blame: DefineCommand = (cli, call) =>
  cli.command(
    "blame <address> [field]",
    "Show the commit, approval and time that set each field of an object, and any drift",
    (builder) =>
      introduce(
        builder,
        call,
        "blame",
        "an address",
        "poolkeeper blame queue.batch depth --target production",
        BLAME_OPTIONS,
      )
        .positional("address", { type: "string", demandOption: true, describe: "KIND.NAME" })
        .positional("field", { type: "string", describe: "One field, with those below it; all when left out" })
        .options(BLAME_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./blame.ts")).runBlame({ ...argv, timeoutMs: argv.timeout, colour: argv.color }),
      ),
  );

/** `audit`. */
export const audit: DefineCommand = (cli, call) =>
  cli.command(
    "audit [target]",
    "Show the audit log of a target, or of all targets",
    (builder) =>
      introduce(builder, call, "audit", "one target", "poolkeeper audit production", LIST_OPTIONS)
        .positional("target", { type: "string", describe: "Name of the target; all when left out" })
        .options(LIST_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./audit.ts")).runAudit({
          ...argv,
          target: argv.target ?? null,
          timeoutMs: argv.timeout,
          colour: argv.color,
        }),
      ),
  );

/** `approve`. */
export const approve: DefineCommand = (cli, call) =>
  cli.command(
    "approve <digest>",
    "Show a plan that needs approval, and approve it; exit 5 when it is stale",
    (builder) =>
      introduce(
        builder,
        call,
        "approve",
        A_PLAN,
        "poolkeeper approve 3f2a9c4107d6e58bb1c94a02fd7e63a8",
        APPROVE_OPTIONS,
      )
        .positional("digest", DIGEST)
        .options(APPROVE_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./approve.ts")).runApprove({
          ...argv,
          overrides: argv.override ?? [],
          timeoutMs: argv.timeout,
          colour: argv.color,
        }),
      ),
  );

/** `reject`. */
export const reject: DefineCommand = (cli, call) =>
  cli.command(
    "reject <digest>",
    "Reject a plan; it is not proposed again",
    (builder) =>
      introduce(
        builder,
        call,
        "reject",
        A_PLAN,
        "poolkeeper reject 3f2a9c4107d6e58bb1c94a02fd7e63a8 --reason 'not before the release'",
        REJECT_OPTIONS,
      )
        .positional("digest", DIGEST)
        .options(REJECT_OPTIONS),
    (argv) => call.run(async () => (await import("./reject.ts")).runReject({ ...argv, timeoutMs: argv.timeout })),
  );

/** `pause`. */
export const pause: DefineCommand = (cli, call) =>
  cli.command(
    "pause <target>",
    "Stop changing a target, or one of its objects",
    (builder) =>
      introduce(
        builder,
        call,
        "pause",
        A_TARGET,
        "poolkeeper pause production --until 2h --reason incident",
        PAUSE_OPTIONS,
      )
        .positional("target", TARGET)
        .options(PAUSE_OPTIONS),
    (argv) => call.run(async () => (await import("./pause.ts")).runPause({ ...argv, timeoutMs: argv.timeout })),
  );

/** `resume`. */
export const resume: DefineCommand = (cli, call) =>
  cli.command(
    "resume <target>",
    "Resume changes of a target, or of one of its objects",
    (builder) =>
      introduce(builder, call, "resume", A_TARGET, "poolkeeper resume production", RESUME_OPTIONS)
        .positional("target", TARGET)
        .options(RESUME_OPTIONS),
    (argv) => call.run(async () => (await import("./resume.ts")).runResume({ ...argv, timeoutMs: argv.timeout })),
  );

/** `reconcile`. */
export const reconcile: DefineCommand = (cli, call) =>
  cli.command(
    "reconcile <target>",
    "Request a pass now, or a rollback to an earlier revision",
    (builder) =>
      introduce(builder, call, "reconcile", A_TARGET, "poolkeeper reconcile production --wait", RECONCILE_OPTIONS)
        .positional("target", TARGET)
        .options(RECONCILE_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./reconcile.ts")).runReconcile({
          ...argv,
          timeoutMs: argv.timeout,
          waitLimitMs: argv.waitLimit,
          colour: argv.color,
        }),
      ),
  );
