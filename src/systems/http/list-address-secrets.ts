import type { Credential } from "./list-credential-forms.ts";

/** Shorter parts of an address, such as `api` or `v1`, are no secrets. */
const SHORTEST_PART = 6;

/**
 * The secrets of an address that is one as a whole, as that of a webhook: itself, its host, path and query, its user and password, each step of
 * the path and each value of the query and the fragment, encoded and not. Parts of fewer than six letters are left out.
 */
export function listAddressSecrets(url: string): readonly Credential[] {
  const { href, host, hostname, pathname, search, hash, username, password } = new URL(url);
  const steps = pathname.split("/");
  const values = [search, hash].flatMap((part) => part.slice(1).split("&")).map(dropName);
  const parts = [host, hostname, pathname, search, hash, username, ...steps, ...values];
  const user = decode(username);
  return [
    ...[url, href, ...[...parts, ...parts.map(decode)].filter(({ length }) => length >= SHORTEST_PART)].map(
      (secret) => {
        return { secret };
      },
    ),
    ...[password, decode(password)].filter((one) => one !== "").map((secret) => ({ secret, user })),
  ];
}

function dropName(assignment: string): string {
  return assignment.slice(assignment.indexOf("=") + 1);
}

/** As a field of a form is read; what is not encoded stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    // A sign of percent that encodes nothing.
    return text;
  }
}
