import { OperationalError } from "../../model/operational-error.ts";
import { askGit, type ObjectReader } from "./read-objects.ts";

/** Throws `git_too_old` where git can't merge without a work tree, which 2.38 is the first to do. */
export async function requireMergingGit(reader: ObjectReader): Promise<void> {
  const { output } = await askGit(reader, ["version"]);
  const said = output.toString("utf8").trim();
  const [, major = 0, minor = 0] = (/\b(\d+)\.(\d+)/.exec(said) ?? []).map(Number);
  if (major > 2 || (major === 2 && minor >= 38)) return;
  throw new OperationalError(
    "git_too_old",
    `Pull requests are planned by git 2.38 or newer; on the PATH is ${JSON.stringify(said.slice(0, 80))}. Install a newer git.`,
    { next: "stop" },
  );
}
