import { availableParallelism, cpus, totalmem } from "node:os";

/** Where figures were measured. Absolute times only compare between runs on the same machine. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** In GiB, rounded. */
  readonly memory_gib: number;
  /** `linux-x64`. */
  readonly platform: string;
  /** `v24.1.2`. */
  readonly node: string;
}

/** The machine that this process runs on. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
  };
}

/** Whether figures of the two can be compared; another version of Node counts as another machine. */
export function isSameMachine(left: Machine, right: Machine): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
