/** A stream of server-sent events, read as text. */
export interface EventReader {
  readonly status: number;
  readonly type: string | null;
  /** Reads until the text so far has this; throws when the stream ends before. */
  until(text: string): Promise<string>;
  /** Reads to the end. */
  rest(): Promise<string>;
  close(): void;
}

/** Opens one. */
export async function readEvents(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
  const abort = new AbortController();
  const answer = await fetch(url, { headers: { accept: "text/event-stream", ...headers }, signal: abort.signal });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let read = "";
  const next = async () => {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    read += value ?? "";
    return done;
  };
  return {
    status: answer.status,
    type: answer.headers.get("content-type"),
    async until(text) {
      while (!read.includes(text)) if (await next()) throw new Error(`The stream ended after: ${read}`);
      return read;
    },
    async rest() {
      while (!(await next()));
      return read;
    },
    close: () => abort.abort(),
  };
}
