/** What was asked for is not done, and why. */
export function refuse(code: string, message: string) {
  return { ok: false, code, message } as const;
}

/** There is no target of this name. */
export function unknownTarget(target: string) {
  return refuse("not_found", `Target ${target} not found.`);
}
