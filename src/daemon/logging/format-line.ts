import { styleText } from "node:util";
import { showInLine } from "../../model/text/show-text.ts";

type Colour = Extract<Parameters<typeof styleText>[0], string>;

/** Of each level: its word and colour. */
const LEVELS: Readonly<Record<string, readonly [word: string, colour: Colour]>> = {
  debug: ["DEBUG", "gray"],
  info: ["INFO ", "green"],
  warn: ["WARN ", "yellow"],
  error: ["ERROR", "red"],
};

/** A record of the log as a line of text for a terminal: `14:05:31 INFO  words  target=prod run_id=…`. */
export function formatLine(record: Readonly<Record<string, unknown>>): string {
  const { level, time, msg, err, ...fields } = record;
  const [word, colour] = LEVELS[String(level)] ?? [String(level), "white"];
  const head = `${String(time).slice(11, 19)} ${styleText(colour, word, { validateStream: false })} ${plain(String(msg ?? ""))}`;
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${plain(formatField(value))}`);
  const tail = rest.length === 0 ? "" : `  ${styleText("dim", rest.join(" "), { validateStream: false })}`;
  return `${head}${tail}${formatError(err)}\n`;
}

function formatField(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

/** A terminal interprets control characters, and a name may hold any: they are shown as escapes. */
function plain(text: string): string {
  return showInLine(text);
}

function formatError(err: unknown): string {
  if (typeof err !== "object" || err === null) return "";
  const words = "stack" in err ? err.stack : "message" in err ? err.message : JSON.stringify(err);
  const lines = String(words).split("\n").map(plain);
  return lines.map((line) => `\n    ${line}`).join("");
}
