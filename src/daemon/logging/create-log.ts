import { type DestinationStream, type Logger, pino } from "pino";
import type { Redact } from "../../model/secrets/cut-foreign.ts";
import { maskCredentials } from "../../model/secrets/mask-credentials.ts";
import { namesSecret } from "../../model/secrets/sensitive-key.ts";
import { showText } from "../../model/text/show-text.ts";
import { formatLine } from "./format-line.ts";
import type { LogLevel } from "./log.ts";

/** How a log is written. */
export interface LogOptions {
  /** What is less than this is not written. */
  readonly level: LogLevel;
  /** A terminal gets text, everything else a line of JSON each. */
  readonly destination: DestinationStream & { readonly isTTY?: boolean };
  /** Takes secrets out of a text, as far as they are known by now. Default: none are. */
  readonly redact?: Redact;
}

/**
 * A pino logger: lines with `level`, `time` (ISO 8601 in UTC), `msg` and the fields of the call and of its children. Secrets are redacted on
 * output, at any depth and also in lines of libraries. Nothing is buffered.
 */
export function createLog({ level, destination, redact = (text) => text }: LogOptions): Logger {
  const isText = destination.isTTY === true;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: (line) => writeLine(line, isText, redact) },
    },
    destination,
  );
}

function writeLine(line: string, isText: boolean, redact: Redact): string {
  const record = readRecord(line);
  if (record === null) return redactWords(line, redact);
  const clean = redactFields(record, redact);
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

/** The fields of a JSON object without secrets: by their names, and secrets and credentials in every text. */
function redactFields(fields: object, redact: Redact): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isSecret(name, value) ? "***" : redactValue(value, redact)]),
  );
}

function redactValue(value: unknown, redact: Redact): unknown {
  if (typeof value === "string") return redactWords(value, redact);
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? value.map((item) => redactValue(item, redact)) : redactFields(value, redact);
}

/** Whether a field is never written: its name says so, and its value is neither nothing, a switch, nor a count (`tokens: 3`). */
function isSecret(name: string, value: unknown): boolean {
  if (value === null || typeof value === "boolean") return false;
  return namesSecret(name) && !(typeof value === "number" && /[^s]s$/i.test(name));
}

/** A text without the secrets that are known, and without credentials. */
function redactWords(text: string, redact: Redact): string {
  return maskCredentials(redact(text));
}
