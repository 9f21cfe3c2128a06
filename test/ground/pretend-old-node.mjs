// Loaded before bin/poolkeeper.mjs, makes this Node look old until poolkeeper has restarted itself (or for good).
if (process.env.POOLKEEPER_RESTARTED === undefined || process.env.PRETEND_ALL_OLD !== undefined) {
  Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } });
  Object.defineProperty(process, "version", { value: "v20.1.0" });
}
