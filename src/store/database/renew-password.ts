import { Client } from "pg";
import { describeLocation } from "./describe-location.ts";

/**
 * The driver's client for a database at a `postgres://` URL, for pools that live long: each connection is made by the URL as `readUrl` gives it then, so
 * that a password that was rotated counts. Where that fails, or names another database, the last one counts: a store does not change its place.
 */
export function renewPassword(url: string, readUrl: () => string = () => url): typeof Client {
  let last = url;
  const renew = () => {
    try {
      const now = readUrl();
      if (describeLocation(now) === describeLocation(url)) last = now;
    } catch {
      // As while the file is being replaced.
    }
    return last;
  };
  return class extends Client {
    constructor(config?: ConstructorParameters<typeof Client>[0]) {
      super({ ...(typeof config === "object" && config), connectionString: renew() });
    }
  };
}
