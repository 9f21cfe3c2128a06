/**
 * Texts that are credentials by their form: signed tokens (header.payload), the same in base64, private keys in PEM, and those in
 * base64. Certificates are public and do not count.
 */
const SECRET_FORMS =
  /\beyJ[A-Za-z0-9_-]{8,}\.eyJ?[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)?|\bZXlK[A-Za-z0-9+/]{24,}={0,2}|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bLS0tLS1CRUdJTi(?:BQUklWQVRF|BSU0EgUFJJVkFURS|BFQyBQUklWQVRF|BFTkNSWVBURUQgUFJJVkFURS|BPUEVOU1NIIFBSSVZBVEUg)[A-Za-z0-9+/=]*/;

/** Whether a text holds a token or a private key. */
export function holdsSecret(text: string): boolean {
  return SECRET_FORMS.test(text);
}

/** Opening of the values of a Secret. */
const SECRET_VALUES = /^(\s*)(?:data|stringData):\s*(?:#.*)?$/;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;

/**
 * A text with what is secret in it replaced by `***`: credentials by their form, and in a Secret manifest every value that is no
 * placeholder. Lines stay lines.
 */
export function maskSecrets(text: string): string {
  const masked = text
    .replace(PRIVATE_KEY, (block) => block.replace(/[^\n]+/g, "***"))
    .replace(new RegExp(SECRET_FORMS, "g"), "***");
  return /^\s*["']?kind["']?:\s*["']?Secret["']?\s*(#.*)?$/m.test(masked) ? maskSecretValues(masked) : masked;
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
        return /^\s*(?:data|stringData):\s*\{.*\}\s*$/.test(line) ? line.replace(/\{.*\}/, "{***}") : line;
      }
      return maskValueOf(line);
    })
    .join("\n");
}

function maskValueOf(line: string): string {
  const [, start, value] = /^(\s*[-._a-zA-Z0-9"']+:\s*)(.*)$/.exec(line) ?? [];
  if (start === undefined || value === undefined) return line.replace(/\S.*$/, "***");
  const isPlaceholder = value === "" || /^["']?<.*>["']?$/.test(value);
  return isPlaceholder ? line : `${start}***`;
}
