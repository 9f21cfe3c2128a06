import { type Address, parseAddress } from "../../model/address.ts";
import { usage } from "./plan-options.ts";

/** Reads `--address`: null where it is not given. Throws an OperationalError `usage` for what is none. */
export function readDaemonAddress(text: string | undefined): Address | null {
  if (text === undefined) return null;
  if (parseAddress(text) === undefined) {
    throw usage(`--address ${text}: not an address. Write KIND.NAME, for example cluster.east or queue.batch.`);
  }
  return text as Address;
}
