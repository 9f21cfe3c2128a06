import { OperationalError } from "../../model/errors/operational-error.ts";
import { rememberSecret } from "./known-secrets.ts";

/** Variables that name proxies, in both spellings. Git, and not poolkeeper itself, goes by ALL_PROXY too. */
const VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [name.toLowerCase(), name]);

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
/** A shorter user without a password is a name, which stands in other texts as well, and no token. */
const SHORTEST_TOKEN = 16;

/** Variables of the environment by name. */
type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Remembers the passwords of the environment's proxies, also of those that are none, so that no message of git, which gets them too, shows one. Throws an
 * OperationalError `proxy_invalid` where one, of any kind, is no URL: what programs take of it for a host, and show, may be a part of its password. Its
 * text is not repeated.
 */
export function requireProxies(env: Variables): void {
  for (const name of VARIABLES) {
    for (const [index, secret] of listProxySecrets(env[name] ?? "").entries()) {
      rememberSecret(`the variable ${name} (${index})`, secret);
    }
  }
  for (const name of VARIABLES) if (!isProxy(env[name] ?? "")) throw proxyInvalid(name);
}

/** Throws the same where a proxy is needed that HTTP goes by; "" is none. `name`: the variable that it is of. */
export function requireHttpProxy(text: string, name: string): void {
  if (!isProxy(text)) throw proxyInvalid(name);
  if (text === "" || isHttp(addScheme(text))) return;
  const message = `${name} names a proxy of another kind than HTTP, which git alone can use; write it as http://HOST:PORT or unset it.`;
  throw new OperationalError("proxy_invalid", message, { next: "stop" });
}

/** As curl and git take a proxy: without a scheme, it is an HTTP proxy. */
export function addScheme(proxy: string): string {
  return proxy === "" || proxy.includes("://") ? proxy : `http://${proxy}`;
}

/** The secrets in a proxy's address, as they are and decoded: user and password, the password, and its pieces where it has signs that end a host. */
export function listProxySecrets(proxy: string): readonly string[] {
  const rest = proxy.replace(SCHEME, "");
  // Also where it is no URL: a password may have all signs.
  const end = rest.lastIndexOf("@");
  if (end <= 0) return [];
  const given = rest.slice(0, end);
  const colon = given.indexOf(":");
  const password = colon < 0 ? "" : given.slice(colon + 1);
  const user = colon < 0 ? given : given.slice(0, colon);
  if (password === "") return user.length < SHORTEST_TOKEN ? [] : [...new Set([user, decode(user)])];
  const pieces = password.split(/[/#?]/);
  const all = [given, decode(given), password, decode(password), ...(pieces.length > 1 ? pieces : [])];
  return [...new Set(all.filter((secret) => secret !== ""))];
}

function isProxy(text: string): boolean {
  if (text === "") return true;
  const proxy = addScheme(text);
  if (!URL.canParse(proxy)) return false;
  const { hostname, username, password, pathname, search, hash } = new URL(proxy);
  const behind = `${pathname}${search}${hash}`;
  // Of another kind it is git's alone, which takes more. What stands behind the host with this sign was meant to stand before it.
  if (!isHttp(proxy)) return hostname !== "" && !behind.includes("@");
  return behind === "/" && [username, password].every(isEncoded);
}

function isHttp(proxy: string): boolean {
  return /^https?:/i.test(proxy);
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function decode(text: string): string {
  return isEncoded(text) ? decodeURIComponent(text) : text;
}

function proxyInvalid(name: string): OperationalError {
  return new OperationalError(
    "proxy_invalid",
    `${name} is not a URL; write it as http://HOST:PORT or unset it. In a user or a password, write \`#\` as %23, \`/\` as %2F, \`?\` as %3F, \`@\` as %40, \`%\` as %25.`,
    { next: "stop" },
  );
}
