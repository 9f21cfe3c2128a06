import type { Caller } from "../access/tokens.ts";

/** Who looks at a page. */
export interface Viewer {
  /** Null: nobody signed in. */
  readonly caller: Caller | null;
  /** What forms have to carry; "" where nobody signed in. */
  readonly form_token: string;
}

/** What every page is made with. */
export interface PageContext {
  readonly viewer: Viewer;
  /** Whether there are tokens to sign in with. */
  readonly can_sign_in: boolean;
  readonly now: Date;
  readonly version: string;
}

/** A page for nobody in particular. */
export const NOBODY: Viewer = { caller: null, form_token: "" };
