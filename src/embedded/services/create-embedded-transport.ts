import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport, type Transport } from "@connectrpc/connect";
import type { Model } from "../model/create-model.ts";
import { createRoutes, isRouted } from "./create-routes.ts";

/** Of every answer within this process: empty, and shared. */
const NO_HEADERS = new Headers();

/**
 * A transport that answers from a model in this process, with the same codec and rules as over the network. It listens on no port, and
 * does not have to be closed. Unary calls skip the framing of the protocol, which takes longer than everything else.
 */
export function createEmbeddedTransport(model: Model): Transport {
  let framed: Transport | undefined;
  const frame = () => {
    framed ??= createRouterTransport(createRoutes(model));
    return framed;
  };
  return {
    unary: async (method, signal, timeoutMs, header, input, values) => {
      if (!isRouted(method)) return frame().unary(method, signal, timeoutMs, header, input, values);
      // As over a network, a call runs only after its caller has continued.
      await undefined;
      if (signal?.aborted === true) throw ConnectError.from(signal.reason, Code.Canceled);
      const message = answer(model, method, input);
      return { stream: false, service: method.parent, method, header: NO_HEADERS, trailer: NO_HEADERS, message };
    },
    stream: (method, signal, timeoutMs, header, input, values) =>
      frame().stream(method, signal, timeoutMs, header, input, values),
  };
}

/** What a server answers, by the codec of both sides. Throws a ConnectError. */
function answer<I extends DescMessage, O extends DescMessage>(
  model: Model,
  method: DescMethodUnary<I, O>,
  input: MessageInitShape<I>,
): MessageShape<O> {
  const request = fromBinary(method.input, toBinary(method.input, create(method.input, input)));
  try {
    return fromBinary(method.output, toBinary(method.output, model.call(method, request)));
  } catch (error) {
    throw asSent(error);
  }
}

/** An error as a client receives it from a server, which does not describe its internal errors. */
function asSent(error: unknown): ConnectError {
  const sent =
    error instanceof ConnectError
      ? new ConnectError(error.rawMessage, error.code, undefined, undefined, error)
      : new ConnectError("internal error", Code.Internal, undefined, undefined, error);
  // Clients use it to distinguish a server's answer from an error of their own.
  sent.isWireError = true;
  return sent;
}
