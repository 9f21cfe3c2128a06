import { dropTrailing } from "../text/drop-trailing.ts";

/** Words that name a secret, in a key without separators too: `dbpassword`. */
const SECRET_WORDS = [
  ...[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "credential",
    "apikey",
    "accesskey",
    "accountkey",
    "seckey",
    "privatekey",
  ],
  ...["signingkey", "encryptionkey", "authkey", "sshkey", "connectionstring", "signature"],
];
/** Words that name one at the end of a part of a key: `authToken`, and not `tokenizer`. */
const LAST_WORDS = ["token", "tokens", "pwd"];
/** Words that name one where a key ends with them, and with nothing else: `DB_PASS`, and not `bypass` or `pass_through`. */
const FINAL_WORDS = new Set(["pass", "pw", "psk", "jwt", "cookie", "authorization"]);
/** Keys that begin with one of these count secrets, or only name one. */
const REFERRING_BEGIN = new Set(["existing", "max", "min", "num"]);
/** Keys that end with one of these say something about a secret, or where it is: `tokenPath`, `secretName`. */
const REFERRING = new Set([
  ...[
    "name",
    "names",
    "path",
    "paths",
    "file",
    "files",
    "filename",
    "dir",
    "mount",
    "mounts",
    "ref",
    "refs",
    "reference",
  ],
  ...[
    "selector",
    "url",
    "uri",
    "endpoint",
    "host",
    "port",
    "type",
    "kind",
    "class",
    "mode",
    "provider",
    "manager",
    "store",
  ],
  ...["ttl", "expiry", "expiration", "lifetime", "duration", "interval", "timeout", "enabled", "required", "optional"],
  ...["length", "count", "limit", "size", "version", "audience", "issuer", "policy", "algorithm", "scopes"],
]);
/** Keys that hold names of Kubernetes Secrets. */
const NAMES_OF_SECRETS = new Set(["imagepullsecrets", "existingsecret"]);

/**
 * Whether a key says that its value is a secret: `DB_PASSWORD`, `clientSecret`, `api-key`. One that only refers to a secret
 * (`secretName`, `tokenPath`, `existingSecret`) does not.
 */
export function namesSecret(key: string): boolean {
  const words = splitWords(key);
  if (isReferring(words)) return false;
  const joined = words.join("");
  return (
    SECRET_WORDS.some((word) => joined.includes(word)) ||
    words.some((word) => LAST_WORDS.some((last) => word.endsWith(last))) ||
    FINAL_WORDS.has(words.at(-1) ?? "")
  );
}

/** Whether a key says that its value is no secret itself, but the name, the place or a property of something. */
export function refersToSecret(key: string): boolean {
  return isReferring(splitWords(key));
}

function isReferring(words: readonly string[]): boolean {
  return (
    REFERRING_BEGIN.has(words[0] ?? "") || NAMES_OF_SECRETS.has(words.join("")) || REFERRING.has(words.at(-1) ?? "")
  );
}

/** Longest key that is looked at: no name of a field is longer, and all of a longer one would be a value. */
const LONGEST_KEY = 256;

/** The parts of a key in lower case, without numbers at their ends: at separators, and where a part begins with an upper-case letter. */
function splitWords(key: string): readonly string[] {
  return key
    .slice(-LONGEST_KEY)
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => dropTrailing(word, "0123456789"))
    .filter((word) => word !== "");
}
