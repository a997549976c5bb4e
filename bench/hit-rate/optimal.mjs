/** Belady: gives up what is asked for again last. No policy can do better; this one knows the future. */
export function optimalHits({ requests, distinct }, capacity) {
  const following = nextUses(requests, distinct);
  const nextUseOf = new Float64Array(distinct).fill(-1);
  const heap = new LatestFirst();
  let entries = 0;
  let hits = 0;
  for (let at = 0; at < requests.length; at++) {
    const key = requests[at];
    if (nextUseOf[key] === -1) entries++;
    else hits++;
    nextUseOf[key] = following[at];
    heap.push(following[at], key);
    while (entries > capacity) {
      const { use, key: last } = heap.pop();
      // A later request of the same key has left this item behind.
      if (nextUseOf[last] !== use) continue;
      nextUseOf[last] = -1;
      entries--;
    }
  }
  return hits;
}

/** A key that does not come again has a use of its own after the end, so that no two items are alike. */
function nextUses(requests, distinct) {
  const following = new Float64Array(requests.length);
  const seen = new Float64Array(distinct).fill(-1);
  for (let at = requests.length - 1; at >= 0; at--) {
    const key = requests[at];
    following[at] = seen[key] === -1 ? requests.length + key : seen[key];
    seen[key] = at;
  }
  return following;
}

class LatestFirst {
  #items = [];

  push(use, key) {
    const items = this.#items;
    const item = { use, key };
    let at = items.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent].use >= use) break;
      items[at] = items[parent];
      at = parent;
    }
    items[at] = item;
  }

  pop() {
    const items = this.#items;
    const [first] = items;
    const item = items.pop();
    if (items.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && items[child + 1].use > items[child].use) child++;
      if (items[child].use <= item.use) break;
      items[at] = items[child];
      at = child;
    }
    items[at] = item;
    return first;
  }
}
