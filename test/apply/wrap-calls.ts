/** An object whose methods are called by `around`, which may do without. */
export function wrapCalls<T extends object>(object: T, around: (call: () => Promise<unknown>) => Promise<unknown>): T {
  return new Proxy(object, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (...args: unknown[]) => around(() => value.apply(target, args)) : value;
    },
  });
}
