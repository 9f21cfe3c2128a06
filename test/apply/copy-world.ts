import { cpSync } from "node:fs";
import { listRecords } from "../../src/embedded/state/create-state.ts";
import type { Change } from "../../src/embedded/state/state.ts";
import type { ServedWorld } from "./serve-world.ts";

/** What a world without other systems is at one moment, which outlives it. */
export interface WorldCopy {
  /** The memory is kept under it. */
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly records: readonly Change[];
  /** Holds store and crash journal. */
  readonly folder: string;
}

/** Copies a world, its memory into this folder. */
export function copyWorld({ url, clock, model, folder }: ServedWorld, into: string): WorldCopy {
  cpSync(folder, into, { recursive: true });
  return { url, now: clock.now(), records: listRecords(model.state), folder: into };
}
