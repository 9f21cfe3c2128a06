import { AUTHORS_RULE, type ChangeAuthors } from "../../model/reviews/change-authors.ts";
import { isSameLogin } from "./spell-login.ts";

/** Whether a change is a user's own. */
export type OwnVerdict =
  /** `opened`: they opened its request; else they made or pushed commits of it. */
  | { readonly kind: "own"; readonly opened: boolean }
  | { readonly kind: "foreign" }
  /** The forge was not asked yet, or by another rule. */
  | { readonly kind: "unasked" }
  /** `why`: as a clause. */
  | { readonly kind: "unknown"; readonly why: string };

/** What is known of whose change a request is. */
export interface AuthoredChange {
  /** The login of who opened it. */
  readonly author: string;
  readonly authors?: ChangeAuthors;
}

/** Judges whether a change is a user's own. `head`: the commit that it counts for; left out: that which is known. */
export function judgeOwn({ author, authors }: AuthoredChange, login: string, head = authors?.head): OwnVerdict {
  if (isSameLogin(author, login)) return { kind: "own", opened: true };
  if (authors === undefined || authors.head !== head) return { kind: "unasked" };
  if (authors.logins.some((one) => isSameLogin(one, login))) return { kind: "own", opened: false };
  if (authors.rule !== AUTHORS_RULE) return { kind: "unasked" };
  return authors.unknown === undefined ? { kind: "foreign" } : { kind: "unknown", why: authors.unknown };
}
