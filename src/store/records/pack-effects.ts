import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import { isText, listOf } from "../../model/json/shape.ts";
import { DamagedEntryError, readStoredJson } from "../database/read-stored-json.ts";

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** What a plan of some hundred changes does is shorter: it is kept as it is, and in any case. In characters. */
const SMALL = 10_000;

/** Whether what a plan does takes so much room that there is a limit to it. */
export function isLargeText(text: string): boolean {
  return text.length >= SMALL;
}

/** Effects as one text for a column: JSON, which is compressed where it is long, as it repeats its names. */
export async function packEffects(effects: readonly string[]): Promise<string> {
  const text = JSON.stringify(effects);
  return isLargeText(text) ? (await deflate(text)).toString("base64") : text;
}

/** What {@link packEffects} made a text of, or an older release, which did not compress. Throws as {@link readStoredJson}. */
export async function unpackEffects(text: string, entry: string): Promise<readonly string[]> {
  return readStoredJson(text.startsWith("[") ? text : await expand(text, entry), entry, listOf(isText));
}

async function expand(text: string, entry: string): Promise<string> {
  try {
    return (await inflate(Buffer.from(text, "base64"))).toString();
  } catch (error) {
    throw new DamagedEntryError(entry, error);
  }
}
