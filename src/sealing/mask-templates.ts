/** An action of a template of Helm or Flyte, over lines too. */
const ACTION = /\{\{(?:(?!\{\{|\}\})[\s\S])*\}\}/g;
/** Actions that put nothing into the text themselves. */
const CONTROL = /^\{\{-?\s*(?:if|else|end|range|with|define|block|break|continue|\/\*|\$\w+\s*:?=)/;

/**
 * A text of the same length in which what a template puts in is underscores and the rest of its actions is blank, so that the text around
 * them can be read as YAML: an action alone on its line is an empty line, one behind a key is a value.
 */
export function maskTemplates(text: string): string {
  return text.replace(ACTION, (action: string, at: number) => {
    const isAlone = isBlank(text, at, -1) && isBlank(text, at + action.length, 1);
    return action.replace(/[^\n]/g, isAlone || CONTROL.test(action) ? " " : "_");
  });
}

/** Whether there is nothing between an offset and the beginning or the end of its line. */
function isBlank(text: string, at: number, step: -1 | 1): boolean {
  let offset = step === 1 ? at : at - 1;
  while (text[offset] === " " || text[offset] === "\t" || text[offset] === "\r") offset += step;
  return offset < 0 || offset >= text.length || text[offset] === "\n";
}
