/** The position of `key`, or where to insert it, in keys in ascending order: the first whose key is not less. */
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

/** Inserts a new key in order. Appending at the end, as a sorted load does, takes constant time. */
export function insertKey(keys: string[], key: string): void {
  const last = keys.at(-1);
  if (last === undefined || last < key) {
    keys.push(key);
  } else {
    keys.splice(findKey(keys, key), 0, key);
  }
}

/** Removes a key, if it is there. */
export function removeKey(keys: string[], key: string): void {
  const position = findKey(keys, key);
  if (keys[position] === key) {
    keys.splice(position, 1);
  }
}
