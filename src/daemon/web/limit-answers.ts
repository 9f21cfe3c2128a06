import type { FastifyInstance } from "fastify";
import type { WebLimits } from "./access/web-options.ts";

/** An answer that its caller has not taken yet. */
interface PendingAnswer {
  readonly size: number;
  readonly cut: () => void;
}

/**
 * Ends the connection of a caller that does not take its answer in time. Where all that was not taken yet is more than it may be together, the
 * one that has waited longest is ended: who reads is done in the meantime. Streams of events, which are sent by hand, have a rule of their own.
 */
export function limitAnswers(app: FastifyInstance, { answer_ms, answers_bytes }: WebLimits): void {
  // In the order in which they were given.
  const pending = new Set<PendingAnswer>();
  let total = 0;
  const forget = (answer: PendingAnswer) => {
    if (pending.delete(answer)) total -= answer.size;
  };
  app.addHook("onSend", async ({ id, socket, log }, { raw }, payload) => {
    // Its caller is gone already: nothing would say that again.
    if (raw.closed || socket.destroyed) return;
    const size = typeof payload === "string" || Buffer.isBuffer(payload) ? payload.length : 0;
    const cut = () => {
      log.info({ request_id: id }, "client did not read the response in time, connection closed");
      socket.destroy();
    };
    const answer = { size, cut };
    const timer = setTimeout(cut, answer_ms).unref();
    raw.once("close", () => {
      clearTimeout(timer);
      forget(answer);
    });
    pending.add(answer);
    total += size;
    for (const former of pending) {
      if (total <= answers_bytes || former === answer) break;
      forget(former);
      former.cut();
    }
  });
}
