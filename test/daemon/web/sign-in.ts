import type { Role } from "../../../src/model/daemon/daemon-config.ts";
import { ask } from "./ask.ts";
import { TOKENS } from "./serve-fake.ts";

/** A browser's part of a session, without the browser. */
export interface SignedIn {
  readonly cookie: string;
  /** What the page puts in its forms. */
  readonly form_token: string;
}

/** Signs in with the token of a role and reads the form token from a page. */
export async function signIn(url: string, role: Role): Promise<SignedIn> {
  const answer = await postForm(`${url}/sign-in`, { token: TOKENS[role].secret, to: "/" });
  const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  const page = await ask(`${url}/`, { headers: { cookie, accept: "text/html" } });
  return { cookie, form_token: /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? "" };
}

/** Sends a form as a page of this server would. */
export function postForm(
  url: string,
  fields: Record<string, string> | URLSearchParams,
  headers: Record<string, string> = {},
) {
  return ask(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { origin: new URL(url).origin, accept: "text/html", ...headers },
  });
}
