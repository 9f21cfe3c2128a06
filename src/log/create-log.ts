import { type DestinationStream, type Logger, pino } from "pino";
import { formatLine } from "./format-line.ts";
import type { Log, LogFields } from "./log.ts";
import { redactValue } from "./redact-value.ts";

/** From the most to the least. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How a log is written. */
export interface LogOptions {
  /** What is less than this is not written. */
  readonly level: LogLevel;
  /** A terminal gets text, everything else a line of JSON each. */
  readonly destination: DestinationStream & { readonly isTTY?: boolean };
  /** Texts that must not be written, as far as they are known by now. Default: none. */
  readonly secrets?: () => readonly string[];
}

/**
 * A log on pino: `level`, `time` (ISO 8601 in UTC) and `msg`, beside the fields. Secrets are taken out of fields and words before
 * pino sees them, also out of those of a child.
 */
export function createLog({ level, destination, secrets = () => [] }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Errors are plain values by now.
      serializers: { err: (value: unknown) => value },
    },
    destination.isTTY === true ? { write: (line) => destination.write(formatLine(line)) } : destination,
  );
  return wrap(logger, secrets);
}

function wrap(logger: Logger, secrets: () => readonly string[]): Log {
  const clean = (fields: LogFields) => ({ ...fieldsOf(redactValue(fields, secrets())) });
  const write = (level: LogLevel) => (fields: LogFields, message: string) => {
    if (!logger.isLevelEnabled(level)) return;
    // The words go as a value: pino would take a % in them for a place to fill.
    logger[level](clean(fields), "%s", redactValue(message, secrets()));
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => wrap(logger.child(clean(fields)), secrets),
  };
}

function fieldsOf(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
