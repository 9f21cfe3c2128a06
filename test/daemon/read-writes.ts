import type { Model } from "../../src/embedded/model/create-model.ts";

/** The writes that a control plane has carried out since a place in its journal, as `Method {request}` without generations. */
export function readWrites({ journal }: Model, since = 0): readonly string[] {
  return journal
    .slice(since)
    .filter(({ outcome }) => outcome === "ok")
    .map(({ method, request }) => `${method.split("/")[1]} ${JSON.stringify(request, leaveOutGeneration)}`);
}

/** Those that were carried out more than once. */
export function listRepeated(writes: readonly string[]): readonly string[] {
  return writes.filter((write, index) => writes.indexOf(write) < index);
}

function leaveOutGeneration(key: string, value: unknown): unknown {
  return /generation|version/.test(key) ? undefined : value;
}
