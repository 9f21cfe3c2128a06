/** An answer with its body as text. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Asks a server; redirects are answers. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answered> {
  const answer = await fetch(url, { redirect: "manual", ...init });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** Asks for JSON; a body is sent as JSON. */
export async function askJson(
  url: string,
  { body, headers = {}, ...init }: Omit<RequestInit, "body"> & { readonly body?: unknown } = {},
) {
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const type: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
  const answer = await ask(url, { ...init, ...sent, headers: { ...type, ...(headers as Record<string, string>) } });
  return { ...answer, body: JSON.parse(answer.text) };
}
