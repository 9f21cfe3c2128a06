import type { Socket } from "node:net";
import { buildConnector, Pool } from "undici";
import { AnswerTooLargeError, MOST_BYTES } from "./read-body.ts";

/** What may stand around a body, in bytes: headers, and the lengths of chunks. */
const MOST_AROUND = 1024 * 1024;

/**
 * The connections to one host, for the `factory` of an agent. No more is read of a server for a call than the longest body
 * and what may stand around that: undici does not count the words of a status, empty lines and what stands beside the length of a chunk.
 * More than that fails the call with an AnswerTooLargeError.
 */
export function openBoundedPool(origin: string | URL, options: object): Pool {
  const { connect, ...others }: Pool.Options = options;
  const open = typeof connect === "function" ? connect : buildConnector({ allowH2: false, ...connect });
  return new Pool(origin, {
    ...others,
    connect: (target, callback) =>
      open(target, (...result) => {
        // A failure comes without a socket, and not with null as its type says.
        if (result[0] === null) boundBytes(result[1]);
        callback(...result);
      }),
  });
}

/** A request leaves in one piece, and one connection has one at a time: once more was written, another call has begun. */
function boundBytes(socket: Socket): void {
  let [begun, written] = [0, 0];
  socket.on("readable", () => {
    if (socket.bytesWritten !== written) [begun, written] = [socket.bytesRead, socket.bytesWritten];
    if (socket.bytesRead - begun > MOST_BYTES + MOST_AROUND) socket.destroy(new AnswerTooLargeError());
  });
}
