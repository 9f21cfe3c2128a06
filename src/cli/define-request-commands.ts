import { type DefineCommand, introduce } from "./define-command.ts";
import { PR_COMMENT_OPTIONS } from "./pr-comment-options.ts";

/** `pr-comment`: comments the plan of a merge on a pull request, from a CI job. */
export const prComment: DefineCommand = (cli, call) =>
  cli.command(
    "pr-comment <files..>",
    "Comment plans on the pull request of a CI job, and set its commit status",
    (builder) =>
      introduce(
        builder,
        call,
        "pr-comment",
        "the output of plan --json",
        "poolkeeper pr-comment production.json",
        PR_COMMENT_OPTIONS,
      )
        .positional("files", {
          type: "string",
          array: true,
          demandOption: true,
          describe: "Files that plan --out saved, or the output of plan --json or validate --json",
        })
        .options(PR_COMMENT_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./pr-comment.ts")).runPrComment({ ...argv, names: argv.name ?? [], timeoutMs: argv.timeout }),
      ),
  );
