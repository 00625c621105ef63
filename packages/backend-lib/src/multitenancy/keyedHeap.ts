// A binary heap whose items know their place, so that one whose key has changed can be moved and any can be taken out.
// Owns the order; what the keys mean is its users' business. Source: Cormen et al., "Introduction to Algorithms", ch. 6.

export interface HeapItem {
  /** Smallest first. After a change call `update`. */
  key: number;
  /** Decides between equal keys, smallest first: nobody is passed over for ever. */
  order: number;
  /** Written by the heap: where the item is, -1 outside. */
  place: number;
}

export class KeyedHeap<T extends HeapItem> {
  readonly #items: T[] = [];

  /** The item with the smallest key, which stays. O(1). */
  first(): T | undefined {
    return this.#items[0];
  }

  /** O(log n), as the two below. */
  add(item: T): void {
    this.#items.push(item);
    this.#put(item, this.#items.length - 1);
    this.#rise(item);
  }

  update(item: T): void {
    this.#rise(item);
    this.#sink(item);
  }

  remove(draft: T): void {
    const last = this.#items.pop();
    if (last !== undefined && last !== draft) {
      this.#put(last, draft.place);
      this.update(last);
    }
    draft.place = -1;
  }

  #put(draft: T, place: number): void {
    this.#items[place] = draft;
    draft.place = place;
  }

  #rise(item: T): void {
    for (;;) {
      const parent = this.#items[Math.floor((item.place - 1) / 2)];
      if (parent === undefined || !isBefore(item, parent)) {
        return;
      }
      this.#swap(item, parent);
    }
  }

  #sink(item: T): void {
    for (;;) {
      const left = this.#items[2 * item.place + 1];
      const right = this.#items[2 * item.place + 2];
      const child =
        left !== undefined && right !== undefined && isBefore(right, left)
          ? right
          : left;
      if (child === undefined || !isBefore(child, item)) {
        return;
      }
      this.#swap(item, child);
    }
  }

  #swap(one: T, other: T): void {
    const { place } = one;
    this.#put(one, other.place);
    this.#put(other, place);
  }
}

function isBefore(one: HeapItem, other: HeapItem): boolean {
  return (
    one.key < other.key || (one.key === other.key && one.order < other.order)
  );
}
