import dns, { type LookupAddress, type LookupAllOptions, type LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";

/** What {@link createLookup} works with; each is for tests to replace. */
export interface LookupTools {
  /** Asks for all addresses of a host. Default: Node's `dns.lookup`, which holds a thread of libuv's pool until the resolver gives up. */
  readonly ask?: (host: string, options: LookupAllOptions, done: Answer) => void;
  /** How many lookups may run at a time. Default: by the size of the pool. */
  readonly countPlaces?: () => number;
  /** A clock that only moves on, in milliseconds. */
  readonly now?: () => number;
}

type Answer = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

/** One lookup that waits or runs, for everyone who wants its addresses. */
interface Lookup {
  readonly host: string;
  readonly options: LookupOptions;
  callers: { readonly since: number; readonly answer: Answer }[];
  /** Null: it waits for a place. */
  begun: number | null;
}

/** A host whose lookup takes longer counts as slow until one takes less. */
const SLOW_MS = 1_000;
/** No connection waits for longer: the answer has no use any more. */
const LONGEST_WAIT_MS = 10_000;
/** Slow hosts that are remembered at most: a server may name ever new ones. */
const REMEMBERED_HOSTS = 1_000;
/** Threads of libuv's pool where `UV_THREADPOOL_SIZE` does not say how many. */
const USUAL_THREADS = 4;
/** Lookups that are not made here, as those of the database's client. */
const OTHER_LOOKUPS = 2;

/** Looks up hosts for all connections of this process, whose threads they share. */
export const lookUpHost: LookupFunction = createLookup();

/**
 * Makes what looks up hosts for `net.connect`, so that hosts whose name servers never answer delay no other host. No lookup can be
 * ended early: each keeps its thread until the resolver gives up. So equal lookups are one while it waits or runs, slow hosts share half of
 * the places, and a lookup that no connection waits for any more is not begun; its error is `EAI_AGAIN`.
 */
export function createLookup(tools: LookupTools = {}): LookupFunction {
  const { ask = dns.lookup, countPlaces = countPlacesOfPool, now = () => performance.now() } = tools;
  const open = new Map<string, Lookup>();
  const slowHosts = new Set<string>();

  const isSlow = ({ host, begun }: Lookup): boolean =>
    slowHosts.has(host) || (begun !== null && now() - begun > SLOW_MS);
  const hasPlace = (lookup: Lookup): boolean => {
    const places = countPlaces();
    const running = [...open.values()].filter(({ begun }) => begun !== null);
    if (running.length >= places) return false;
    return !isSlow(lookup) || running.filter(isSlow).length < Math.max(1, Math.floor(places / 2));
  };
  const remember = (host: string, wasSlow: boolean): void => {
    slowHosts.delete(host);
    if (!wasSlow) return;
    slowHosts.add(host);
    for (const oldest of slowHosts) if (slowHosts.size > REMEMBERED_HOSTS) slowHosts.delete(oldest);
  };
  const begin = (key: string, lookup: Lookup): void => {
    const begun = now();
    lookup.begun = begun;
    ask(lookup.host, { ...lookup.options, all: true }, (error, addresses) => {
      remember(lookup.host, now() - begun > SLOW_MS);
      open.delete(key);
      beginWaiting();
      for (const { answer } of lookup.callers) answer(error, addresses);
    });
  };
  const dismissLate = (lookup: Lookup): void => {
    const isLate = ({ since }: { since: number }): boolean => now() - since > LONGEST_WAIT_MS;
    const late = lookup.callers.filter(isLate);
    lookup.callers = lookup.callers.filter((caller) => !isLate(caller));
    for (const { answer } of late) process.nextTick(answer, createLateError(lookup.host), []);
  };
  const beginWaiting = (): void => {
    for (const [key, lookup] of open) {
      if (lookup.begun !== null || !hasPlace(lookup)) continue;
      dismissLate(lookup);
      if (lookup.callers.length > 0) begin(key, lookup);
      else open.delete(key);
    }
  };

  return (host, options, done) => {
    const key = JSON.stringify([host, options.family, options.hints]);
    const lookup = open.get(key) ?? { host, options, callers: [], begun: null };
    open.set(key, lookup);
    dismissLate(lookup);
    const answer: Answer = (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || options.all === true) done(error, addresses);
      else done(null, first?.address ?? "", first?.family);
    };
    lookup.callers.push({ since: now(), answer });
    beginWaiting();
  };
}

/** libuv lets lookups take half of its threads, rounded up. More than that would wait in its queue, where none is ahead of a slow one. */
function countPlacesOfPool(): number {
  const threads = Number.parseInt(process.env.UV_THREADPOOL_SIZE ?? "", 10) || USUAL_THREADS;
  return Math.max(2, Math.ceil(threads / 2) - OTHER_LOOKUPS);
}

function createLateError(host: string): NodeJS.ErrnoException {
  const error = new Error(`getaddrinfo EAI_AGAIN ${host}: no answer in time`);
  return Object.assign(error, { code: "EAI_AGAIN", syscall: "getaddrinfo", hostname: host });
}
