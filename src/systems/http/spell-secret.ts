import { dropTrailing } from "../../model/text/drop-trailing.ts";

/**
 * A secret as others may write it when they repeat it: as it is, quoted as JSON and as Go do (once, and once more within another
 * quote), with single quotes, percent-encoded and as a form, in both cases of the digits, in HTML, and in base64.
 */
export function spellSecret(secret: string): ReadonlySet<string> {
  const quoted = [quoteJson(secret), quoteGo(secret), escapeHtmlInJson(quoteJson(secret))];
  const single = quoteJson(secret).replaceAll('\\"', '"').replaceAll("'", "\\'");
  const encoded = [encode(secret), encodeStrictly(secret), encodeForm(secret)];
  const bytes = Buffer.from(secret);
  const base64 = [bytes.toString("base64"), bytes.toString("base64url")];
  return new Set([
    ...[secret, ...quoted, ...quoted.map(quoteJson), single],
    ...[...encoded, ...encoded.map(lowerDigits)],
    ...[escapeHtml(secret), escapeHtml(secret).replaceAll("&#34;", "&quot;")],
    ...[...base64, ...base64.map((text) => dropTrailing(text, "="))],
  ]);
}

function quoteJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

const GO_ESCAPES: Readonly<Record<string, string>> = { "\u0007": "\\a", "\u000b": "\\v" };

/** As `%q` of Go writes it. */
function quoteGo(text: string): string {
  return text.replace(/["\\\p{Cc}]/gu, (sign) => {
    const own = GO_ESCAPES[sign];
    if (own !== undefined) return own;
    const json = quoteJson(sign);
    const isHex = json.startsWith("\\u") || json === sign;
    return isHex ? `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}` : json;
  });
}

/** As the encoder of Go writes JSON. */
function escapeHtmlInJson(text: string): string {
  return text.replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}

function escapeHtml(text: string): string {
  return text.replace(/[<>&"']/g, (sign) => HTML_ENTITIES[sign] ?? sign);
}

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&#34;",
  "'": "&#39;",
};

/** Halves of characters have no encoding: they become the sign for what can't be shown. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function encodeStrictly(text: string): string {
  return encode(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function encodeForm(text: string): string {
  return new URLSearchParams({ a: text }).toString().slice("a=".length);
}

function lowerDigits(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}
