import { holdsCredential } from "./find-credentials.ts";
import { holdsCredentials, maskCredentials } from "./mask-credentials.ts";
import { namesSecret } from "./sensitive-key.ts";

/** Most characters of a text that a message repeats. */
const MOST_SHOWN = 80;

/** A text of a document as a message repeats it: without credentials, in quotes, escaped, cut after 80 characters. */
export function quoteText(text: string): string {
  if (holdsCredential(text) || assignsSecret(text)) return '"***"';
  const masked = maskCredentials(text);
  return JSON.stringify(masked.length > MOST_SHOWN ? `${masked.slice(0, MOST_SHOWN - 1)}…` : masked);
}

/** Another spelling of a text, quoted; hidden where the text holds a credential: in other letters that is not known for one. */
export function quoteSpelling(spelling: string, text: string): string {
  return holdsCredentials(text) ? '"***"' : quoteText(spelling);
}

/** Whether a text gives a value to a key that names a secret, as an entry of a map and a line of settings do. */
function assignsSecret(text: string): boolean {
  const parts = text.split(/[:=]/);
  return parts.some((part, index) => {
    const value = parts.slice(index + 1, index + 2).join("");
    const key = part.trimEnd().replace(/["'`]$/, "");
    return value.trim() !== "" && namesSecret(key.split(/[^\w.-]/).at(-1) ?? "");
  });
}
