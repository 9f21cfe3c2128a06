import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { createGitSink, type GitSinkOptions } from "../../../src/systems/delivery/create-git-sink.ts";
import { deliverFreely } from "../../set-up/open-fence.ts";

const AUTHOR = { name: "poolkeeper", email: "poolkeeper@example.com" };
const OTHER = ["-c", "user.name=other", "-c", "user.email=other@example.com"];

/** An empty bare repository in a folder of its own, reached by a file:// address, and what tests do to it. */
export function openGitWorld() {
  const folder = mkdtempSync(join(tmpdir(), "poolkeeper-delivery-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const remote = join(folder, "output.git");
  const home = join(folder, "home");
  mkdirSync(home);
  const environment = { PATH: process.env.PATH, HOME: home };
  const git = (...args: readonly string[]) => execFileSync("git", args, { encoding: "utf8", env: environment });
  git("init", "--quiet", "--bare", "--initial-branch=main", remote);
  const url = `file://${remote}`;
  const options = (changes: Partial<GitSinkOptions> = {}): GitSinkOptions => ({
    url,
    branch: "main",
    cacheFolder: join(folder, "cache"),
    author: AUTHOR,
    environment,
    ...changes,
  });
  return {
    folder,
    home,
    remote,
    url,
    environment,
    options,
    sink: (changes: Partial<GitSinkOptions> = {}) => deliverFreely(createGitSink(options(changes))),
    /** Runs git on the remote. */
    ask: (...args: readonly string[]) => git("--git-dir", remote, ...args).trim(),
    /** Runs git on the remote with a standard input. */
    feed: (input: string, ...args: readonly string[]) =>
      execFileSync("git", ["--git-dir", remote, ...args], { encoding: "utf8", env: environment, input }).trim(),
    /** Commits files as someone else and pushes; `null` removes. */
    pushAsOther: (files: Readonly<Record<string, string | Buffer | null>>, branch = "main") => {
      const clone = mkdtempSync(join(folder, "other-"));
      git("clone", "--quiet", url, clone);
      git("-C", clone, "checkout", "--quiet", "-B", branch, ...(hasBranch(branch) ? [`origin/${branch}`] : []));
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(clone, path)), { recursive: true });
        if (text === null) rmSync(join(clone, path));
        else writeFileSync(join(clone, path), text);
      }
      git("-C", clone, "add", "--all");
      git("-C", clone, ...OTHER, "commit", "--quiet", "--message=by another");
      git("-C", clone, "push", "--quiet", "origin", branch);
    },
    /** An environment whose `git` runs `script` first when it is about to push; `$GIT "$@"` is the real one. */
    intercept: (script: string) => {
      const bin = mkdtempSync(join(folder, "bin-"));
      const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
      const text = `#!/bin/sh\nGIT=${real}\nfor word in "$@"; do\n  if [ "$word" = push ]; then\n${script}\n    break\n  fi\ndone\nexec ${real} "$@"\n`;
      writeFileSync(join(bin, "git"), text);
      chmodSync(join(bin, "git"), 0o755);
      return { ...environment, PATH: `${bin}:${process.env.PATH ?? ""}` };
    },
  };

  function hasBranch(branch: string): boolean {
    return git("--git-dir", remote, "branch", "--list", branch).trim() !== "";
  }
}
