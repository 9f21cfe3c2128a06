/** Where `key` stands, or would stand, in keys in ascending order: the first position whose key is not below it. */
export function findKey(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? "") < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Adds a key that is not there yet, in its place. Adding at the end, as a sorted load does, costs nothing extra. */
export function insertKey(keys: string[], key: string): void {
  const last = keys.at(-1);
  if (last === undefined || last < key) {
    keys.push(key);
  } else {
    keys.splice(findKey(keys, key), 0, key);
  }
}

/** Removes a key; one that is not there is left alone. */
export function removeKey(keys: string[], key: string): void {
  const position = findKey(keys, key);
  if (keys[position] === key) {
    keys.splice(position, 1);
  }
}
