/** From the most to the least. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line of the log says beside its words: `run_id`, `target`, `err` and the like. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line; fields first, then what happened, for people. */
export type WriteLog = (fields: LogFields, message: string) => void;

/** Where the daemon says what it does. What `createLog` gives is one. */
export interface Log {
  readonly debug: WriteLog;
  readonly info: WriteLog;
  readonly warn: WriteLog;
  readonly error: WriteLog;
  /** A log whose lines all have these fields, for example one run's. */
  child(fields: LogFields): Log;
}
