import { type Part, type Shown, shown } from "./shown-text.ts";

/** Colours text for a terminal, or leaves it alone. */
export interface Paint {
  readonly add: (text: Part) => Shown;
  readonly change: (text: Part) => Shown;
  readonly destroy: (text: Part) => Shown;
  readonly strong: (text: Part) => Shown;
  readonly faint: (text: Part) => Shown;
}

const plain = (text: Part) => shown`${text}`;

/** Text as it is. */
export const PLAIN: Paint = { add: plain, change: plain, destroy: plain, strong: plain, faint: plain };

/** Terminal colours: green, yellow, red, bold and dim. */
export const COLOURED: Paint = {
  add: (text) => shown`\u001b[32m${text}\u001b[39m`,
  change: (text) => shown`\u001b[33m${text}\u001b[39m`,
  destroy: (text) => shown`\u001b[31m${text}\u001b[39m`,
  strong: (text) => shown`\u001b[1m${text}\u001b[22m`,
  faint: (text) => shown`\u001b[2m${text}\u001b[22m`,
};

/** Colours where they are wanted. */
export function choosePaint(colour: boolean): Paint {
  return colour ? COLOURED : PLAIN;
}
