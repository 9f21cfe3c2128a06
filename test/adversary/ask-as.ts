import { once } from "node:events";
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { text as readText } from "node:stream/consumers";

/** What a server answered. */
export interface AnsweredAs {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks with any headers at all, `Host` among them, which `fetch` lets nobody set. Redirects are answers. */
export async function askAs(
  url: string,
  { method = "GET", headers = {}, body }: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<AnsweredAs> {
  const asked = request(url, { method, headers, agent: false });
  asked.end(body);
  const [answer] = await once(asked, "response");
  return { status: answer.statusCode, headers: answer.headers, text: await readText(answer) };
}

/** Sends bytes as they are and reads until the server ends the connection. */
export function sendBytes(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => socket.destroy());
  socket.write(bytes);
  return new Promise((resolve) => socket.once("close", () => resolve(text)));
}
