/** A secret that is sent, alone or with its user. */
export interface Credential {
  readonly secret: string;
  /** Sent before it by HTTP Basic, as `USER:SECRET` in base64. Default: it is sent alone. */
  readonly user?: string | undefined;
}

/** Fewer letters of base64 occur in ordinary text as well. */
const SHORTEST_STRETCH = 8;

/**
 * The forms in which a credential travels beyond the spellings of its secret, each without the name of a scheme: URL-encoded and as a field
 * of a form, that in base64, the value of HTTP Basic with its user (both as they are, URL-encoded, and as fields of a form), and the
 * letters that each leaves in the base64 of any longer text, such as an API key.
 */
export function listCredentialForms({ secret, user }: Credential): readonly string[] {
  const encoded = listEncodings(secret);
  const pairs = user === undefined ? [] : listEncodings(user).flatMap((name) => encoded.map((one) => `${name}:${one}`));
  const texts = [...encoded, ...pairs];
  return [...new Set([...texts, ...texts.flatMap(encodeBytes), ...encoded.flatMap(listStretches)])];
}

/** The value of a header of HTTP Basic, with its scheme. */
export function writeBasic(user: string, secret: string): string {
  return `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;
}

function listEncodings(text: string): readonly string[] {
  const form = new URLSearchParams({ a: text }).toString().slice("a=".length);
  return [...new Set([text, encodeURIComponent(text.toWellFormed()), form])];
}

/** In base64, and in that of URLs: with what fills it up and without. */
function encodeBytes(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  return [bytes.toString("base64"), bytes.toString("base64url")];
}

/** The letters of base64 that a text alone determines, at each of the three places where it can begin. */
function listStretches(text: string): readonly string[] {
  const own = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), own]);
    const [start, end] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return (["base64", "base64url"] as const)
      .map((kind) => bytes.toString(kind).slice(start, end))
      .filter((stretch) => stretch.length >= SHORTEST_STRETCH);
  });
}
