/** Why a host and a port can't be listened on, by Node's error, and what to do: the end of a sentence that names both. */
export function explainListenFailure(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "EADDRINUSE") return "is already in use: choose another port, or 0 for a free one";
  if (code === "EACCES") return "is not permitted for this user: choose a port above 1023, or 0 for a free one";
  if (code === "EADDRNOTAVAIL") return "is not an address of this machine: choose one that is";
  return `can't be listened on: ${cause instanceof Error ? cause.message : String(cause)}`;
}
