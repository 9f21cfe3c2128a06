import type { FastifyRequest } from "fastify";
import { WebError } from "./web-error.ts";

/** Control characters, NUL and line breaks among them, and halves of a character. No text that is taken here has any. */
const CONTROL = /[\p{Cc}\p{Cs}]/u;

/**
 * Refuses a request in which any text of path, query or body has a control character. No name and no reason needs one, not every store keeps
 * it, and a terminal would show something else. Throws a WebError `invalid` that names field and character.
 */
export function refuseControls({ params, query, body }: Pick<FastifyRequest, "params" | "query" | "body">): void {
  for (const part of [params, query, body]) refuseIn(part, "The request");
}

function refuseIn(value: unknown, name: string): void {
  if (typeof value === "string") {
    const found = CONTROL.exec(value)?.[0];
    if (found === undefined) return;
    const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    throw new WebError("invalid", `${name} contains the control character U+${code}. Remove it.`);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    refuseIn(key, "The name of a field");
    refuseIn(inner, Array.isArray(value) ? name : `The field ${key}`);
  }
}
