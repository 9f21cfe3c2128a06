/** What tokens (header.payload.signature, in base64) and hyphenated words are made of. */
const RUN = /[A-Za-z0-9_.-]+/g;
/** In one part of a run: the header of a signed token. */
const TOKEN_HEADER = /(?:^|-)eyJ[A-Za-z0-9_-]{8}/;
/** Signed tokens in base64 once more, and private keys in PEM in base64. Certificates are public and do not count. */
const SECRET_FORMS = [
  /\bZXlK[A-Za-z0-9+/]{24,}={0,2}/g,
  /\bLS0tLS1CRUdJTi(?:BQUklWQVRF|BSU0EgUFJJVkFURS|BFQyBQUklWQVRF|BFTkNSWVBURUQgUFJJVkFURS|BPUEVOU1NIIFBSSVZBVEUg)[A-Za-z0-9+/=]*/g,
];
const KEY_BEGIN = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const KEY_END = /-----END [A-Z ]*PRIVATE KEY-----/;

/** Whether a text holds a token or a private key. */
export function holdsSecret(text: string): boolean {
  return KEY_BEGIN.test(text) || SECRET_FORMS.some((form) => text.search(form) !== -1) || maskTokens(text) !== text;
}

function maskTokens(text: string): string {
  return text.includes("eyJ") ? text.replace(RUN, maskTokensOfRun) : text;
}

function maskTokensOfRun(run: string): string {
  const parts = run.split(".");
  const shown: string[] = [];
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] ?? "";
    const header = parts[index + 1]?.startsWith("ey") ? part.search(TOKEN_HEADER) : -1;
    if (header === -1) {
      shown.push(part);
      continue;
    }
    shown.push(`${part.slice(0, part.indexOf("eyJ", header))}***`);
    // Its payload, and its signature.
    index += 2;
  }
  return shown.join(".");
}

/** Opening of the values of a Secret. */
const SECRET_VALUES = /^(\s*)(?:data|stringData):\s*(?:#.*)?$/;
const IS_SECRET = /^[ \t]*["']?kind["']?:\s*["']?Secret["']?[ \t\r]*(?:#.*)?$/m;
const INLINE_VALUES = /^\s*(?:data|stringData):\s*\{/;

/**
 * A text with what is secret in it replaced by `***`: credentials by their form, and in a Secret manifest every value that is no
 * placeholder. Lines stay lines.
 */
export function maskSecrets(text: string): string {
  let shown = maskTokens(maskPrivateKeys(text));
  for (const form of SECRET_FORMS) shown = shown.replace(form, "***");
  return IS_SECRET.test(shown) ? maskSecretValues(shown) : shown;
}

/** From its first line to its last one, or to the end of the text. */
function maskPrivateKeys(text: string): string {
  const [before = "", ...behind] = text.split(KEY_BEGIN);
  const shown = behind.map((part) => {
    const end = KEY_END.exec(part);
    const length = end === null ? part.length : end.index + end[0].length;
    const key = part.slice(0, length).replace(/^[^\n]+/, "");
    return `***${key.replace(/[^\n]+/g, "***")}${part.slice(length)}`;
  });
  return before + shown.join("");
}

function maskSecretValues(text: string): string {
  let outer: number | undefined;
  return text
    .split("\n")
    .map((line) => {
      const indent = line.length - line.trimStart().length;
      if (outer !== undefined && line.trim() !== "" && indent <= outer) outer = undefined;
      if (outer === undefined) {
        outer = SECRET_VALUES.exec(line)?.[1]?.length;
        const isInline = INLINE_VALUES.test(line) && line.trimEnd().endsWith("}");
        return isInline ? `${line.slice(0, line.indexOf("{"))}{***}${line.slice(line.lastIndexOf("}") + 1)}` : line;
      }
      return maskValueOf(line);
    })
    .join("\n");
}

function maskValueOf(line: string): string {
  const key = /^\s*[-._a-zA-Z0-9"']+:\s*/.exec(line)?.[0];
  if (key === undefined) return line.trim() === "" ? line : `${line.slice(0, line.search(/\S/))}***`;
  const value = line.slice(key.length);
  const isPlaceholder = value === "" || /^["']?<.*>["']?$/.test(value);
  return isPlaceholder ? line : `${key}***`;
}
