import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Keeps at most `max` connections open. When one more comes, the one that has waited longest without a whole request is closed: idle
 * connections can't lock out others. Where all others are being answered, the new one is closed.
 */
export function limitConnections(server: Server, max: number): void {
  // In the order in which they began to wait; with the request that came last, null after its answer.
  const open = new Map<Socket, IncomingMessage | null>();
  server.on("connection", (socket: Socket) => {
    open.set(socket, null);
    socket.once("close", () => open.delete(socket));
    if (open.size > max) findLongestWaiting(open)?.destroy();
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    if (open.has(socket)) open.set(socket, request);
    response.once("close", () => {
      // To the end of the order.
      if (open.delete(socket)) open.set(socket, null);
    });
  });
}

function findLongestWaiting(open: ReadonlyMap<Socket, IncomingMessage | null>): Socket | undefined {
  return open.entries().find(([, request]) => request === null || !request.complete)?.[0];
}
