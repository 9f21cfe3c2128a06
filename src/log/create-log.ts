import { type DestinationStream, type Logger, pino } from "pino";
import { showText } from "../model/show-text.ts";
import { formatLine } from "./format-line.ts";
import type { LogLevel } from "./log.ts";
import { redactFields, redactWords } from "./redact-fields.ts";

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
 * A pino logger: lines with `level`, `time` (ISO 8601 in UTC), `msg` and the fields of the call and of its children. Secrets are
 * taken out where lines leave: whoever writes them, however deep they are, a library's lines included. Nothing is buffered.
 */
export function createLog({ level, destination, secrets = () => [] }: LogOptions): Logger {
  const isText = destination.isTTY === true;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: (line) => writeLine(line, isText, secrets()) },
    },
    destination,
  );
}

function writeLine(line: string, isText: boolean, secrets: readonly string[]): string {
  const record = readRecord(line);
  if (record === null) return redactWords(line, secrets);
  const clean = redactFields(record, secrets);
  return isText ? formatLine(clean) : `${showText(JSON.stringify(clean))}\n`;
}

function readRecord(line: string): object | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
