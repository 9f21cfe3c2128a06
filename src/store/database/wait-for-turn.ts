import { setTimeout } from "node:timers/promises";
import type { QueryResult } from "pg";

/** How often a lock is asked for, in milliseconds. */
const TURN_MS = 50;
/** So often it is asked for before that is worth a word: those that start together have it for a moment each. */
const SILENT_TURNS = 40;

/** Whose turn is waited for. */
export interface Turn {
  /** The number of the lock, the same for every poolkeeper. */
  readonly lock: number;
  /** Where the store is, for words. */
  readonly place: string;
  readonly warn: (warning: string) => void;
}

/**
 * Takes a lock among those that open a store, until the end of the transaction. It is asked for again and again: a statement that waits for it would have
 * to wait for as long as an upgrade.
 */
export async function waitForTurn(
  askSoon: (text: string) => Promise<QueryResult<{ is_ours: boolean }>>,
  { lock, place, warn }: Turn,
): Promise<void> {
  for (let turn = 1; ; turn += 1) {
    const { rows } = await askSoon(`select pg_try_advisory_xact_lock(${lock}) as is_ours`);
    if (rows[0]?.is_ours === true) return;
    if (turn === SILENT_TURNS)
      warn(
        `Another process opens or upgrades the store at ${place}: it is waited for, which may take as long as an upgrade.`,
      );
    await setTimeout(TURN_MS);
  }
}
