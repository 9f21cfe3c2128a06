import { createContextKey } from "@connectrpc/connect";

/** The author of a write: a person, by an e-mail address or a name, or an application, by its client id. */
export interface Author {
  readonly kind: "user" | "application";
  readonly name: string;
}

/** The author of calls without a token, or with the shared token. */
export const EMBEDDED_USER: Author = { kind: "user", name: "embedded user" };

/** The author of changes that bypass all rules and name none. */
export const OUTSIDE_USER: Author = { kind: "user", name: "outside user" };

/** The author of a call: set where its token is checked, read where the call is run. */
export const caller = createContextKey<Author>(EMBEDDED_USER, { description: "who sent the call" });
