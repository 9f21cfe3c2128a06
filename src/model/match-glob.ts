/**
 * Whether a text is what a pattern says, in which `*` stands for any letters. Never goes back further than to the last `*`: its
 * cost is at most the product of both lengths.
 */
export function matchGlob(pattern: string, text: string): boolean {
  let [at, place] = [0, 0];
  let [star, tried] = [-1, 0];
  while (at < text.length) {
    if (pattern[place] === "*") {
      star = place;
      tried = at;
      place += 1;
    } else if (place < pattern.length && pattern[place] === text[at]) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      tried += 1;
      at = tried;
      place = star + 1;
    } else return false;
  }
  while (pattern[place] === "*") place += 1;
  return place === pattern.length;
}
