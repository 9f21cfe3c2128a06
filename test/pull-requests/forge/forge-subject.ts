import type { Forge, ForgeOptions, Permission, Reaction } from "../../../src/pull-requests/forge/forge.ts";
import type { ForgeServer, ForgeServerOptions, NewRequest } from "./forge-server.ts";

/** What is to be tried, and where the forges differ. */
export interface ForgeSubject {
  readonly start: (options?: ForgeServerOptions) => Promise<ForgeServer>;
  readonly open: (options: ForgeOptions) => Forge;
  /** The forge's own names of reactions. */
  readonly reactions: Readonly<Record<Reaction, string>>;
  /** What is told of an administrator, a writer, a reader, somebody without rights, and a stranger; default each as it is. */
  readonly permissions?: readonly Permission[];
  /** What an error becomes where the forge has one word for errors and failures. Default `error`. */
  readonly error?: "error" | "failure";
  /** False: the forge does not tell who edited a comment, nor of an edit within a second. Default true. */
  readonly editors?: boolean;
}

/** A running server with a client of it. */
export interface OpenedForge {
  readonly server: ForgeServer;
  readonly forge: Forge;
}

/** Starts a server and opens a client of it; both are closed after the test, which fails if a call was made that the forge does not have. */
export type BeginForge = (change?: Partial<ForgeOptions>, options?: ForgeServerOptions) => Promise<OpenedForge>;

/** A commit's name from a digit. */
export const sha = (digit: string) => digit.repeat(40);

/** A request like any other. */
export const REQUEST: NewRequest = {
  title: "Add a pool",
  author: "mona",
  branch: "add-pool",
  base: "main",
  sha: sha("a"),
};
