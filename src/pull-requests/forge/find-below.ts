import type { CallForge, ForgeCall } from "./call-forge.ts";
import { findRefusal } from "./forge-failures.ts";

/**
 * What a call finds in a repository; `absent` where there is nothing. A repository that is not there, or that the token may not see,
 * answers the same as what is missing in it, so it is looked for then: `forge_missing` where that is it.
 */
export async function findBelow<T>(call: CallForge, repository: string, find: ForgeCall<T>, absent: T): Promise<T> {
  try {
    return await call(find);
  } catch (error) {
    if (findRefusal(error)?.status !== 404) throw error;
    await call({ method: find.method, verb: "GET", path: repository, decode: () => undefined });
    return absent;
  }
}
