import { findAsRead } from "./find-as-read.ts";
import { joinStretches, type Stretch } from "./stretch.ts";

/**
 * Forms of tokens and keys. Each begins where a word does, in few letters of its own ({@link LONGEST_BEGIN}), and runs to the end of one word or over a
 * number of its letters, so that no text costs more than its length.
 */
const FORMS: readonly RegExp[] = [
  // GitHub: personal, OAuth, user, server and refresh tokens.
  /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{20,}/g,
  /(?<![A-Za-z0-9])github_pat_[A-Za-z0-9_]{20,}/g,
  // GitLab: personal, deploy, runner, trigger, job and feed tokens.
  /(?<![A-Za-z0-9])gl(?:pat|dt|rt|rtr|ptt|cbt|ft|agent|oas|soat|imt)-[A-Za-z0-9_-]{16,}/g,
  /(?<![A-Za-z0-9])GR1348941[A-Za-z0-9_-]{20,}/g,
  // Slack: tokens and webhooks.
  /(?<![A-Za-z0-9])(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}/g,
  /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]{10,}/g,
  // AWS: access key ids.
  /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/g,
  // Google: API keys, OAuth secrets and tokens.
  /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}/g,
  /(?<![A-Za-z0-9])GOCSPX-[A-Za-z0-9_-]{20,}/g,
  /(?<![A-Za-z0-9])ya29\.[A-Za-z0-9_-]{20,}/g,
  // Payment, package registries, model hubs, containers, vaults, mail, language models, hosting, data platforms, age.
  /(?<![A-Za-z0-9])[sr]k_(?:live|test)_[A-Za-z0-9]{16,}/g,
  /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36,}/g,
  /(?<![A-Za-z0-9])pypi-[A-Za-z0-9_-]{50,}/g,
  /(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}/g,
  /(?<![A-Za-z0-9])dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}/g,
  /(?<![A-Za-z0-9])hv[sb]\.[A-Za-z0-9_-]{20,}/g,
  /(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}/g,
  /(?<![A-Za-z0-9])sk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}/g,
  /(?<![A-Za-z0-9])do[opr]_v1_[a-f0-9]{64}/g,
  /(?<![A-Za-z0-9])dapi[a-f0-9]{32}/g,
  /(?<![A-Za-z0-9])AGE-SECRET-KEY-1[A-Z0-9]{58}/g,
  // With a prefix of the vendor's own: Atlassian, Brevo, Buildkite, CircleCI, Doppler, Figma, Fly, Grafana, Linear, New Relic, PlanetScale,
  // Postman, Sentry, Shopify, Tailscale.
  /(?<![A-Za-z0-9])(?:AT[AC]TT3x|xkeysib-|bkua_|CCIP[AR]T_|dp\.(?:pt|st|sa|ct|scim|audit)\.|figd_|fo1_|gl(?:sa|c)_|lin_(?:api|oauth)_|NRAK-|pscale_(?:pw|tkn|oauth)_|PMAK-|sntry[su]_|shp(?:at|ca|pa|ss)_|tskey-)[A-Za-z0-9_+/=-]{20,}/g,
  /(?<![A-Za-z0-9])(?:rnd_[A-Za-z0-9]{24,64}|pul-[a-f0-9]{40}|SK[a-f0-9]{32})(?![A-Za-z0-9])/g,
  // Terraform; Telegram, which has two parts.
  /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9]{60,70}/g,
  /(?<![A-Za-z0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{33}/g,
  // Addresses of webhooks.
  /discord(?:app)?\.com\/api\/webhooks\/[0-9]{10,24}\/[A-Za-z0-9_-]{20,}/g,
  /webhook\.office\.com\/webhookb2\/[A-Za-z0-9@/_-]{20,}/g,
  // Headers. A digit or a sign distinguishes a token from a word of a sentence.
  /(?<=(?<![A-Za-z0-9])(?:bearer[ \t+]|basic[ \t])[ \t]{0,3})(?=[A-Za-z._~+/-]{0,255}[0-9=])[A-Za-z0-9._~+/-]{8,}={0,2}/gi,
  // Signed tokens in base64 once more.
  /(?<![A-Za-z0-9])ZXlK[A-Za-z0-9+/]{24,}={0,2}/g,
  // Private keys in base64.
  /(?<![A-Za-z0-9])LS0tLS1CRUdJTi(?:BQUklWQVRF|BSU0EgUFJJVkFURS|BFQyBQUklWQVRF|BFTkNSWVBURUQgUFJJVkFURS|BPUEVOU1NIIFBSSVZBVEUg)[A-Za-z0-9+/=]*/g,
];

/** Private keys in PEM, also in forms, where a blank is a plus sign. Certificates are public and do not count. */
const PEM_BEGIN = /-----BEGIN[ +][A-Z +]{0,40}PRIVATE[ +]KEY(?:[ +]BLOCK)?-----/g;
const PEM_END = /-----END[ +]/g;

/** A form that begins within what another one has taken does so in no more letters: the rest of it are letters of the same word. */
const LONGEST_BEGIN = 100;

/**
 * The stretches of a text that are credentials by their form, in any context: tokens, private keys. As they are written and with escapes
 * read. In order; those that overlap are joined. The cost is linear in the text.
 */
export function findCredentials(text: string): readonly Stretch[] {
  return joinStretches(findAsRead(text, findForms));
}

function findForms(text: string): readonly Stretch[] {
  return [
    ...FORMS.flatMap((form) => findAll(text, form)),
    ...findPasswordsOfUrls(text),
    ...findPasswordsOfOracle(text),
    ...findSignedTokens(text),
    ...findPrivateKeys(text),
  ];
}

/** Whether a text holds what looks like a token or a private key. */
export function holdsCredential(text: string): boolean {
  return findCredentials(text).length > 0;
}

function findAll(text: string, form: RegExp): readonly Stretch[] {
  // Most texts have none, and a search costs a tenth of a list of matches.
  if (text.search(form) === -1) return [];
  const found: Stretch[] = [];
  form.lastIndex = 0;
  for (let match = form.exec(text); match !== null; match = form.exec(text)) {
    const end = match.index + match[0].length;
    found.push({ start: match.index, end });
    form.lastIndex = Math.max(match.index + 1, end - LONGEST_BEGIN);
  }
  return found;
}

/** What tokens (header.payload.signature, in base64) and hyphenated words are made of. */
const RUN = /[A-Za-z0-9_.-]+/g;
/** In one part of a run: the header of a signed token. */
const TOKEN_HEADER = /(?:^|[_-])eyJ[A-Za-z0-9_-]{8}/;

function findSignedTokens(text: string): readonly Stretch[] {
  if (!text.includes("eyJ")) return [];
  return [...text.matchAll(RUN)].flatMap(({ index, 0: run }) => findTokensOfRun(run, index));
}

function findTokensOfRun(run: string, begin: number): readonly Stretch[] {
  const parts = run.split(".");
  const found: Stretch[] = [];
  let at = begin;
  for (const [index, part] of parts.entries()) {
    const header = parts[index + 1]?.startsWith("ey") ? part.search(TOKEN_HEADER) : -1;
    if (header !== -1) {
      // With its payload, and its signature, in which another one may begin.
      const { length } = parts.slice(index, index + 3).join(".");
      found.push({ start: at + part.indexOf("eyJ", header), end: at + length });
    }
    at += part.length + 1;
  }
  return found;
}

/** Where the user and the password of an address end, or its host begins without them. */
const END_OF_AUTHORITY = /[/\s?#"'<>\\,;)\]}]/g;
/** What stands in place of a password that is filled in elsewhere. */
const FILLED_IN = /^(?:\$|\{\{|<|\*{3}$|%\()/;

/** A password with a slash ends at the `@`, within so many letters; what is all digits is a port. */
const WITH_SLASH = /^[^\s:/?#@"'<>[\]]{1,128}:(?![0-9]{1,5}(?:\/|$))[^\s?#@"'<>]{1,256}(?=@)/;
/** What has a domain, a number or a port is a host, and no part of a password before a slash. */
const HOST = /(?:\.[a-z]{2,63}|\.[0-9]{1,3}|:[0-9]{2,5}|\])$/i;
/** Where an address ends, or its path, or another address begins. */
const END_OF_PATH = /[\s?#"'<>]|:\/\//;
const LONGEST_REST = 256;

/** `USER:PASSWORD` of addresses, the password filled in. */
function findPasswordsOfUrls(text: string): readonly Stretch[] {
  const found: Stretch[] = [];
  for (let sign = text.indexOf("//"); sign !== -1; sign = text.indexOf("//", sign + 2)) {
    const begin = sign + 2;
    END_OF_AUTHORITY.lastIndex = begin;
    const end = END_OF_AUTHORITY.exec(text)?.index ?? text.length;
    const authority = text.slice(begin, end);
    const colon = authority.indexOf(":");
    const at = authority.lastIndexOf("@");
    const password = authority.slice(colon + 1, at);
    if (colon !== -1 && at > colon + 1 && !FILLED_IN.test(password)) {
      found.push({ start: begin, end: findEndOfPassword(text, begin + at) });
    } else if (at === -1 && colon !== -1 && text[end] === "/") {
      const [user = ""] = WITH_SLASH.exec(text.slice(begin, begin + 400)) ?? [];
      if (user !== "") found.push({ start: begin, end: findEndOfPassword(text, begin + user.length) });
    }
  }
  return found;
}

/** The last `@` of a password that continues behind the one at `at`: what follows that up to a slash is no host. */
function findEndOfPassword(text: string, at: number): number {
  const near = text.slice(at + 1, at + 1 + LONGEST_REST);
  const reach = near.search(END_OF_PATH);
  const rest = reach === -1 ? near : near.slice(0, reach);
  const [first = ""] = rest.split("/", 1);
  return at + 1 + (HOST.test(first) ? first : rest).lastIndexOf("@");
}

const ORACLE = "jdbc:oracle:";
const ORACLE_USER = /^[a-z0-9]{1,8}:(?=([^\s/@]{1,128}\/[^\s@]{1,128})@)/i;

/** `USER/PASSWORD` of addresses of Oracle's databases. */
function findPasswordsOfOracle(text: string): readonly Stretch[] {
  const found: Stretch[] = [];
  for (let sign = text.indexOf(ORACLE); sign !== -1; sign = text.indexOf(ORACLE, sign + 1)) {
    const begin = sign + ORACLE.length;
    const [driver = "", user] = ORACLE_USER.exec(text.slice(begin, begin + 300)) ?? [];
    if (user !== undefined) found.push({ start: begin + driver.length, end: begin + driver.length + user.length });
  }
  return found;
}

/** From the first line to the end of the last one, or of the text. */
function findPrivateKeys(text: string): readonly Stretch[] {
  const keys: Stretch[] = [];
  for (const { start, end: opened } of findAll(text, PEM_BEGIN)) {
    if (start < (keys.at(-1)?.end ?? 0)) continue;
    PEM_END.lastIndex = opened;
    const closing = PEM_END.exec(text);
    const lineEnd = closing === null ? -1 : text.indexOf("\n", closing.index);
    keys.push({ start, end: lineEnd === -1 ? text.length : lineEnd });
  }
  return keys;
}
