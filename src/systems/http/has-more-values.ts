const [QUOTE, COMMA, BRACKET, BRACE] = ['"', ",", "[", "{"].map((sign) => sign.charCodeAt(0));

/** Of a refusal, which has a code, a message and some details. */
export const REFUSAL_VALUES = 2_000;

/**
 * Whether a text of JSON holds more than so many values, counted before any of them is made: a value of two letters takes a hundred bytes of
 * memory. Each value but the first of a list or an object counts, and each list and object. One walk over the text.
 */
export function hasMoreValues(json: string, most: number): boolean {
  let count = 0;
  for (let at = 0; at < json.length; at += 1) {
    const sign = json.charCodeAt(at);
    if (sign === QUOTE) at = findEnd(json, at);
    else if ((sign === COMMA || sign === BRACKET || sign === BRACE) && ++count > most) return true;
  }
  return false;
}

/** Where the string ends that begins at a quote: the next quote that is not escaped. */
function findEnd(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end !== -1; end = json.indexOf('"', end + 1)) {
    let before = end - 1;
    while (json[before] === "\\") before -= 1;
    if ((end - before) % 2 === 1) return end;
  }
  return json.length;
}
