/**
 * Guards writes to other systems: between the last read that a write depends on and its first byte, the fence is asked twice whether this
 * process may still write.
 */
export interface Fence {
  /** Awaited once a write is ready to be sent. Throws an OperationalError when it may not be sent, or when that can't be found out. */
  confirm(): Promise<void>;
  /** Called as the last act before bytes leave, without a pause in between. Throws an OperationalError when it is too late. */
  check(): void;
}

/** Confirms, checks, and acts immediately: `act` has to send before it awaits anything. Throws what the fence and `act` throw. */
export async function passFence<Result>(fence: Fence, act: () => Result): Promise<Awaited<Result>> {
  await fence.confirm();
  fence.check();
  return await act();
}
