import { text } from "node:stream/consumers";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { FaultQueue } from "../faults/inject-faults.ts";
import type { FlyteadminModel } from "../flyteadmin/create-flyteadmin-model.ts";
import type { Model } from "../model/create-model.ts";
import {
  type AnyRequest,
  type AnyRequestListener,
  type Listening,
  listenOnOnePort,
  sendJson,
} from "../network/listen-on-one-port.ts";
import { AdminRequestError } from "./admin-requests.ts";
import { type AdminAnswer, answerAdmin } from "./answer-admin.ts";

/** Serves the admin interface: JSON over HTTP, on loopback only, without authentication. Port 0 picks a free one. */
export function serveAdmin(
  model: Model,
  flyteadmin: FlyteadminModel,
  faults: FaultQueue,
  port: number,
): Promise<Listening> {
  const listener: AnyRequestListener = (request, response) => {
    answer(model, flyteadmin, faults, request).then(({ status, body }) => sendJson(response, status, body));
  };
  return listenOnOnePort(listener, { host: "127.0.0.1", port });
}

async function answer(
  model: Model,
  flyteadmin: FlyteadminModel,
  faults: FaultQueue,
  request: AnyRequest,
): Promise<AdminAnswer> {
  try {
    const body = await text(request);
    const path = new URL(request.url ?? "/", "http://admin").pathname;
    return answerAdmin(model, flyteadmin, faults, request.method ?? "", path, parse(body));
  } catch (error) {
    if (error instanceof AdminRequestError || error instanceof OperationalError) {
      return { status: 400, body: { error: error.message } };
    }
    return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

function parse(body: string): unknown {
  try {
    return body === "" ? undefined : JSON.parse(body);
  } catch (cause) {
    throw new AdminRequestError(`the body is not JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
