import { resolve } from "node:path";

/** Whether a path is what the process has open, by the names that the system gives it. Other files may be below `/dev`, as in `/dev/shm`. */
export function isOpenByName(path: string): boolean {
  return /^\/(?:dev\/(?:stdout|stderr|fd\/\d+)$|proc\/)/.test(resolve(path));
}
