import { execFileSync } from "node:child_process";

/** The commands of all processes of this machine whose arguments hold a text. */
export function listProcesses(text: string): readonly string[] {
  const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
  return all.split("\n").filter((line) => line.includes(text));
}
