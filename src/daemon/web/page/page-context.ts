import type { Caller } from "../access/tokens.ts";

/** The viewer of a page. */
export interface Viewer {
  /** Null: not signed in. */
  readonly caller: Caller | null;
  /** The token that forms must carry; "" where the viewer is not signed in. */
  readonly form_token: string;
}

/** The context of every page. */
export interface PageContext {
  readonly viewer: Viewer;
  /** Whether there are tokens to sign in with. */
  readonly can_sign_in: boolean;
  readonly now: Date;
  readonly version: string;
}

/** The context of an anonymous page. */
export const ANONYMOUS: Viewer = { caller: null, form_token: "" };
