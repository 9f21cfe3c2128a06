import { OperationalError } from "../../model/errors/operational-error.ts";

/** The result of a read; null where the forge has nothing at that address. */
export async function nullIfMissing<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof OperationalError && error.code === "forge_missing") return null;
    throw error;
  }
}
