import { type Answered, ask } from "../daemon/web/ask.ts";
import { postForm } from "../daemon/web/sign-in.ts";

/** A browser that signed in, without the browser. */
export interface Browser {
  readonly cookie: string;
  /** A page as the browser asks for it. */
  readonly open: (path: string, url?: string) => Promise<Answered>;
  /** Sends a form as a page that the browser was shown: `form_token` is what stood in it. */
  readonly send: (path: string, fields?: Record<string, string>, url?: string) => Promise<Answered>;
}

/** Signs in with a token. `url`: the replica that is asked where none is named. */
export async function signInAs(url: string, token: string): Promise<Browser> {
  const answer = await postForm(`${url}/sign-in`, { token, to: "/" });
  const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  const open = (path: string, at = url) => ask(at + path, { headers: { cookie, accept: "text/html" } });
  const form_token = /name="form_token" value="([^"]+)"/.exec((await open("/")).text)?.[1] ?? "";
  return {
    cookie,
    open,
    send: (path, fields = {}, at = url) => postForm(at + path, { form_token, ...fields }, { cookie }),
  };
}
