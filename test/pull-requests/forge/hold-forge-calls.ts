import type { ServerResponse } from "node:http";
import { waitFor } from "../../set-up/wait-for.ts";

/** Calls to a forge that wait until the test lets them go on. */
export interface HeldForgeCalls {
  /** Waits until at least so many of them wait; default 1. */
  readonly arrived: (count?: number) => Promise<void>;
  /** How many wait now. */
  readonly count: () => number;
  /** Lets them go on; from then on none is held. */
  readonly release: () => void;
}

/** The server's side of {@link HeldForgeCalls}. */
export class ForgeHold implements HeldForgeCalls {
  /** True: calls are carried out at once, and only their answers wait. */
  readonly answer: boolean;
  readonly #waiting = new Set<() => void>();
  #isReleased = false;

  constructor(answer: boolean) {
    this.answer = answer;
  }

  readonly isReleased = () => this.#isReleased;

  readonly count = () => this.#waiting.size;

  readonly arrived = async (count = 1) => {
    await waitFor(
      () => this.count() >= count,
      () => `${this.count()} calls of the forge are held.`,
      10,
    );
  };

  readonly release = () => {
    this.#isReleased = true;
    for (const resolve of this.#waiting) resolve();
  };

  /** Waits for the release. False: the caller has left, or the server was closed. */
  async wait(response: ServerResponse): Promise<boolean> {
    if (this.#isReleased) return true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    response.once("close", resolve);
    await promise;
    this.#waiting.delete(resolve);
    return !response.destroyed;
  }
}
