import { OperationalError } from "../../model/operational-error.ts";

/** What was read; null where the forge has no such thing. */
export async function nullIfMissing<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof OperationalError && error.code === "forge_missing") return null;
    throw error;
  }
}
