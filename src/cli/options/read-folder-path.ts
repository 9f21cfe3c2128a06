import { isRepositoryAddress } from "../../systems/git/remote-address.ts";
import { usage } from "./plan-options.ts";

/**
 * How an argument that names a folder becomes its path. Throws an OperationalError `usage` for an address, which may hold a password: no
 * folder gets its name, and no message repeats it.
 */
export function readFolderPath(argument: string): (given: unknown) => string {
  return (given) => {
    if (typeof given !== "string") throw usage(`${argument} is given more than once.`);
    if (given.includes("://") || isRepositoryAddress(given)) {
      throw usage(`${argument}: it is an address. Pass a folder: clone the repository first, and pass its path.`);
    }
    return given;
  };
}
