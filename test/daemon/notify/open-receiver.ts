import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

/** A message as a receiver got it. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a receiver does with a message; the answer is its own. */
export type Behave = (answer: ServerResponse, received: Received) => void;

/** A receiver on loopback. */
export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** From the next message on. */
  behave(behave: Behave): void;
  close(): Promise<void>;
}

/** An answer with a status and headers. */
export function answerWith(status: number, headers: Readonly<Record<string, string>> = {}, body = ""): Behave {
  return (answer) => answer.writeHead(status, headers).end(body);
}

/** Starts a receiver that takes everything; it ends with the running test. */
export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let current: Behave = answerWith(200, {}, "ok");
  const server = createServer(async (request, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const message = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString("utf8") };
    received.push(message);
    current(answer, message);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);
  return {
    url: `http://127.0.0.1:${port}/services/T000/s3cr3t-path`,
    received,
    behave: (behave) => {
      current = behave;
    },
    close,
  };
}
