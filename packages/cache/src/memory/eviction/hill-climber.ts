const firstShare = 0.1;
const leastShare = 0.01;
const mostShare = 0.8;

/**
 * How much of the cache the admission window gets. A vote says by how many slots the window should be larger (or
 * smaller): one miss that a larger window would have hit, against the hits that as many slots earn in the main part.
 * Where both earn the same the votes cancel out and the window rests.
 *
 * The aim is that of Einziger, Eytan, Friedman and Manes, Adaptive Software Cache Management (Middleware 2018). They
 * compare the hit rates of successive periods and so need long ones; here the slope itself is measured, as in
 * Cliffhanger (Cidon, Eisenman, Alizadeh and Katti, NSDI 2016), and small caches are not led about by noise.
 */
export class HillClimber {
  #share = firstShare;
  /** The last answer, and for how many entries: a full cache asks the same again and again. */
  #window = 0;
  #entries = 0;

  /** How many of so many entries belong in the window: at least one, where there is one. */
  windowOf(entries: number): number {
    if (entries === this.#entries) return this.#window;
    this.#entries = entries;
    this.#window = Math.max(Math.round(this.#share * entries), Math.min(1, entries));
    return this.#window;
  }

  vote(slots: number, entries: number): void {
    const share = this.#share + slots / Math.max(1, entries);
    this.#share = Math.min(mostShare, Math.max(leastShare, share));
    this.#entries = 0;
    this.#window = 0;
  }
}
