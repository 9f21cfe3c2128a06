import type { State, Status } from "../../../model/passes/status.ts";
import type { Tone } from "./describe-outcome.ts";
import { html, type Markup } from "./markup.ts";

interface Look {
  readonly words: string;
  readonly tone: Tone;
}

const LOOKS: Readonly<Record<State, Look>> = {
  Synced: { words: "Synced", tone: "good" },
  OutOfSync: { words: "Out of sync", tone: "ask" },
  Waiting: { words: "Waiting", tone: "busy" },
  AwaitingApproval: { words: "Awaiting approval", tone: "ask" },
  Paused: { words: "Paused", tone: "rest" },
  Invalid: { words: "Invalid", tone: "bad" },
  Failed: { words: "Failed", tone: "bad" },
  Inconclusive: { words: "Inconclusive", tone: "unknown" },
};

/** Signs differ in shape, so that colour is never the only distinction. */
const SIGNS: Readonly<Record<Tone, string>> = { good: "✓", busy: "◔", ask: "!", bad: "✕", rest: "‖", unknown: "?" };

/** A word with a sign and a colour. */
export function renderBadge(words: string, tone: Tone): Markup {
  return html`<span class="badge ${tone}"><span class="sign" aria-hidden="true">${SIGNS[tone]}</span><span class="words">${words}</span></span>`;
}

/** The state of a target as a badge. */
export function renderState({ state }: Pick<Status, "state">): Markup {
  const { words, tone } = LOOKS[state];
  return renderBadge(words, tone);
}

/** A state in words. */
export function describeState(state: State): string {
  return LOOKS[state].words;
}

/** The urgency of a state: those that need attention come first. */
export function rankState(state: State): number {
  return ORDER.indexOf(state);
}

const ORDER: readonly State[] = [
  "Failed",
  "Invalid",
  "AwaitingApproval",
  "Inconclusive",
  "OutOfSync",
  "Paused",
  "Waiting",
  "Synced",
];
