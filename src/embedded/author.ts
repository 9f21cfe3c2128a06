import { createContextKey } from "@connectrpc/connect";

/** Who writes: a person, by an e-mail address or a name, or an application, by its client id. */
export interface Author {
  readonly kind: "user" | "application";
  readonly name: string;
}

/** Who calls without a token, or with the one token that everybody has. */
export const EMBEDDED_USER: Author = { kind: "user", name: "embedded user" };

/** Who changes the state past all rules and does not say who it is. */
export const SOMEONE_OUTSIDE: Author = { kind: "user", name: "an outside user" };

/** Who sent a call: identified where its token is checked, read where it is run. */
export const caller = createContextKey<Author>(EMBEDDED_USER, { description: "who sent the call" });
