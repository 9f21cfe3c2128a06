import { createHash, timingSafeEqual } from "node:crypto";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { AuthMetadataService } from "../../systems/control-plane/gen/flyteidl2/auth/auth_pb.js";
import { type Author, caller } from "../state/author.ts";

/** Requires a valid `authorization: Bearer` token and sets its author (see {@link caller}). AuthMetadataService needs none. */
export function requireToken(identify: (token: string) => Author | null): Interceptor {
  return (next) => async (request) => {
    const token = /^Bearer (.+)$/i.exec(request.header.get("authorization") ?? "")?.[1];
    const author = token === undefined ? null : identify(token);
    if (author !== null) {
      request.contextValues.set(caller, author);
    } else if (request.service.typeName !== AuthMetadataService.typeName) {
      const what = token === undefined ? "no bearer token was sent" : "the bearer token is not accepted";
      throw new ConnectError(what, Code.Unauthenticated);
    }
    return next(request);
  };
}

/** Whether two secrets are equal, in constant time. */
export function sameSecret(one: string, other: string): boolean {
  return timingSafeEqual(hash(one), hash(other));
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
