import { createHash, timingSafeEqual } from "node:crypto";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { AuthMetadataService } from "../control-plane/gen/flyteidl2/auth/auth_pb.js";

/** Lets in calls whose `authorization: Bearer` token is accepted. How to get a token (AuthMetadataService) stays open to all. */
export function requireToken(accepts: (token: string) => boolean): Interceptor {
  return (next) => async (request) => {
    const token = /^Bearer (.+)$/i.exec(request.header.get("authorization") ?? "")?.[1];
    if (request.service.typeName !== AuthMetadataService.typeName && (token === undefined || !accepts(token))) {
      const what = token === undefined ? "no bearer token was sent" : "the bearer token is not accepted";
      throw new ConnectError(what, Code.Unauthenticated);
    }
    return next(request);
  };
}

/** Whether two secrets are the same, in a time that does not tell where they differ. */
export function sameSecret(one: string, other: string): boolean {
  return timingSafeEqual(hash(one), hash(other));
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
