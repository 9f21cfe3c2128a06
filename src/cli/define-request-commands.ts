import { type DefineCommand, introduce } from "./define-command.ts";
import { PR_COMMENT_OPTIONS } from "./pr-comment-options.ts";

/** Says on a pull request what a merge would do, from a job of a CI. */
export const prComment: DefineCommand = (cli, call) =>
  cli.command(
    "pr-comment <files..>",
    "Comment plans on the pull request that a CI runs for, and set its status",
    (builder) =>
      introduce(
        builder,
        call,
        "pr-comment",
        "what plan --json has printed",
        "poolkeeper pr-comment production.json",
        PR_COMMENT_OPTIONS,
      )
        .positional("files", {
          type: "string",
          array: true,
          demandOption: true,
          describe: "What plan --out has saved, or plan --json or validate --json printed",
        })
        .options(PR_COMMENT_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./pr-comment.ts")).runPrComment({ ...argv, names: argv.name ?? [], timeoutMs: argv.timeout }),
      ),
  );
