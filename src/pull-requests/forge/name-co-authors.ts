import { copyText } from "../../model/text/copy-text.ts";
import type { RequestCommit } from "./forge.ts";

/** A commit as a forge lists it, with what its text says beside its accounts. */
export interface WrittenCommit extends Omit<RequestCommit, "co_authors"> {
  /** Null: the forge does not say. */
  readonly message: string | null;
  /** Addresses in the commit, with the accounts that the forge names for them. */
  readonly accounts: readonly (readonly [address: string | null, login: string | null])[];
}

/** A trailer as forges write it for a suggestion that another user commits. It ends with its line, as any that `^` begins does. */
const TRAILER = /^[ \t]*co-authored-by[ \t]*:[^<\r\n\u2028\u2029]*<([^<>\r\n\u2028\u2029]*)>/gim;
/** The address that a forge gives an account which hides its own: `LOGIN@noreply.HOST`, `ID+LOGIN@users.noreply.HOST`, `ID-LOGIN@...`. */
const HIDDEN = /^(?:\d{1,20}[+-])?([a-z0-9_][a-z0-9._-]{0,99})@(?:users\.)?noreply\./;
/** No account can confirm such an address: programs are named by it. */
const OF_NO_ACCOUNT = /^no-?reply@/;
/** Co-authors of one request; of more it is unknown who they are. */
const MOST_CO_AUTHORS = 100;

/**
 * The commits with the co-authors that their trailers name. The account of an address is the one that the forge names for it in any of the
 * commits, or else the one that it names itself.
 */
export function nameCoAuthors(commits: readonly WrittenCommit[]): readonly RequestCommit[] {
  const known = new Map<string, string>();
  for (const [address, login] of commits.flatMap(({ accounts }) => accounts)) {
    if (address !== null && login !== null) known.set(spell(address), login);
  }
  const found = new Set<string>();
  const nameAccount = (address: string) => {
    found.add(address);
    if (found.size > MOST_CO_AUTHORS) return null;
    const hidden = HIDDEN.exec(address)?.[1];
    return known.get(address) ?? (hidden === undefined ? null : copyText(hidden));
  };
  return commits.map(({ message, accounts: _accounts, ...commit }) => {
    const trailers = [...(message ?? "").matchAll(TRAILER)].map(([, address = ""]) => spell(address));
    const logins = new Set(trailers.filter((address) => !isOfNoAccount(address)).map(nameAccount));
    return logins.size === 0 ? commit : { ...commit, co_authors: [...logins] };
  });
}

/** Whether no user has the address, because programs are named by it: also a forge that signs what users make on its pages, and commits it. */
export function isOfNoAccount(address: string | null): boolean {
  return address !== null && OF_NO_ACCOUNT.test(spell(address));
}

function spell(address: string): string {
  return address.trim().toLowerCase();
}
