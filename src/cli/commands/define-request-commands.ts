import type { Options } from "yargs";
import { FORGE_KINDS } from "../../model/daemon/forge-kind.ts";
import { type DefineCommand, introduce } from "../options/define-command.ts";
import { CONNECTION_OPTIONS, JSON_OPTION, PLAN_KEY_OPTION, readWhole, text } from "../options/option-tables.ts";

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

/** Options of `pr-comment`. */
const PR_COMMENT_OPTIONS = {
  name: {
    type: "string",
    array: true,
    nargs: 1,
    describe: "Name of each comment, one for each file in order; else the file's name",
  },
  path: {
    ...text(undefined, "Folder of the manifests in the repository, for the paths in annotations"),
    default: ".",
  },
  status: text(
    undefined,
    "Name of the commit's status [default: poolkeeper/plan, with --metadata poolkeeper/fork-plan]",
  ),
  "dry-run": { type: "boolean", default: false, describe: "Print the comments without writing them" },
  "metadata-out": text("Forks:", "Do not write to the forge: save number and commits in this file"),
  metadata: text(
    "Forks:",
    "File of an earlier job's --metadata-out, verified against the forge and the CI; a fork's is never a success",
  ),
  forge: { choices: FORGE_KINDS, group: "Request (else by the CI's variables):", describe: "Kind of forge" },
  "forge-url": text("Request (else by the CI's variables):", "Its base URL in the browser"),
  repository: text("Request (else by the CI's variables):", "OWNER/NAME; of GitLab the whole path"),
  number: {
    ...text("Request (else by the CI's variables):", "Number of the request"),
    coerce: readWhole("--number", 1, Number.MAX_SAFE_INTEGER, "the number of a request"),
  },
  head: text("Request (else by the CI's variables):", "Its newest commit"),
  base: text("Request (else by the CI's variables):", "Commit of the base branch that the plan was merged with"),
  "token-file": text("Connection:", "File with the forge's token (else POOLKEEPER_FORGE_TOKEN, GITHUB_TOKEN, ...)"),
  "ca-file": CONNECTION_OPTIONS["ca-file"],
  timeout: CONNECTION_OPTIONS.timeout,
  ...PLAN_KEY_OPTION,
  ...JSON_OPTION,
} as const satisfies Readonly<Record<string, Options>>;
