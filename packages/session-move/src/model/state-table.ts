/**
 * Every state seen so far, kept whole: a state is `width` small integers, and no two different states are ever taken for
 * the same one. States are numbered in the order of their discovery, which makes the table the queue of the search too.
 */
export interface StateTable {
  /** The number of the new state, or -1 if it was known. */
  add(state: Int32Array, parent: number): number;
  /** Copies state number `index` into `into`. */
  read(index: number, into: Int32Array): void;
  parentOf(index: number): number;
  size(): number;
}

const FIRST_CAPACITY = 1 << 12;

export function createStateTable(width: number): StateTable {
  let capacity = FIRST_CAPACITY;
  let words = new Int32Array(capacity * width);
  let parents = new Int32Array(capacity);
  let slots = new Int32Array(capacity * 2);
  let size = 0;

  const sameAs = (index: number, state: Int32Array): boolean => {
    const start = index * width;
    for (let i = 0; i < width; i++) if (words[start + i] !== state[i]) return false;
    return true;
  };

  const grow = (): void => {
    capacity *= 2;
    const moreWords = new Int32Array(capacity * width);
    moreWords.set(words);
    words = moreWords;
    const moreParents = new Int32Array(capacity);
    moreParents.set(parents);
    parents = moreParents;
    slots = new Int32Array(capacity * 2);
    const mask = slots.length - 1;
    for (let index = 0; index < size; index++) {
      let slot = hashOf(words, index * width, width) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
  };

  return {
    add(state, parent) {
      if (size === capacity) grow();
      const mask = slots.length - 1;
      let slot = hashOf(state, 0, width) & mask;
      for (let entry = slots[slot] as number; entry !== 0; entry = slots[slot] as number) {
        if (sameAs(entry - 1, state)) return -1;
        slot = (slot + 1) & mask;
      }
      slots[slot] = size + 1;
      words.set(state, size * width);
      parents[size] = parent;
      return size++;
    },
    read(index, into) {
      const start = index * width;
      for (let i = 0; i < width; i++) into[i] = words[start + i] as number;
    },
    parentOf: (index) => parents[index] as number,
    size: () => size,
  };
}

function hashOf(words: Int32Array, start: number, width: number): number {
  let hash = 0x2545f491;
  for (let i = 0; i < width; i++) {
    hash = Math.imul(hash ^ (words[start + i] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
