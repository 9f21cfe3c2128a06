import { styleText } from "node:util";

/** Colours text for a terminal, or leaves it alone. */
export interface Paint {
  readonly add: (text: string) => string;
  readonly change: (text: string) => string;
  readonly destroy: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

const plain = (text: string) => text;

/** Text as it is. */
export const PLAIN: Paint = { add: plain, change: plain, destroy: plain, strong: plain, faint: plain };

/** Terminal colours. */
export const COLOURED: Paint = {
  add: (text) => styleText("green", text, { validateStream: false }),
  change: (text) => styleText("yellow", text, { validateStream: false }),
  destroy: (text) => styleText("red", text, { validateStream: false }),
  strong: (text) => styleText("bold", text, { validateStream: false }),
  faint: (text) => styleText("dim", text, { validateStream: false }),
};

/** Colours where they are wanted. */
export function choosePaint(colour: boolean): Paint {
  return colour ? COLOURED : PLAIN;
}
