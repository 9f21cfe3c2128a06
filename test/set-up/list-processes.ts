import { execFileSync } from "node:child_process";

/** The commands of all processes of this machine whose arguments hold a text. */
export function listProcesses(text: string): readonly string[] {
  const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
  return all.split("\n").filter((line) => line.includes(text));
}

/** The processes that this one started and whose arguments hold all these texts: tests elsewhere on this machine start the same ones. */
export function listChildren(...texts: readonly string[]): readonly number[] {
  return listChildrenOf(process.pid, ...texts);
}

/** The same of another process. */
export function listChildrenOf(pid: number, ...texts: readonly string[]): readonly number[] {
  const all = execFileSync("ps", ["-eo", "ppid=,pid=,args="], { encoding: "utf8" }).split("\n");
  const parsed = all.map((line) => /^ *(\d+) +(\d+) (.*)$/.exec(line));
  return parsed.flatMap((found) => {
    const [, parent, own, args = ""] = found ?? [];
    return Number(parent) === pid && texts.every((text) => args.includes(text)) ? [Number(own)] : [];
  });
}
