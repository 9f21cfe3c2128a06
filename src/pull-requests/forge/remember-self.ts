import { createHash } from "node:crypto";
import type { Forge, ForgeAccess } from "./forge.ts";

/** Remembers whose credentials these are, for as long as they are the same: a token that was replaced may be of another account. */
export function rememberSelf(access: ForgeAccess, read: () => Promise<string>): Forge["readSelf"] {
  let known: { readonly of: string; readonly login: string } | null = null;
  return async (again = false) => {
    const of = access.kind === "app" ? "" : createHash("sha256").update(access.token()).digest("hex");
    if (!again && known?.of === of) return known.login;
    const login = await read();
    known = { of, login };
    return login;
  };
}
