import type { Millis } from '../contracts/time.js';

const mostTags = 100_000;

/** Which tags had a marker in the store when this process last looked, and until when those live. */
export class StandingTags {
  readonly #until = new Map<string, Millis>();

  missing(tags: readonly string[], until: Millis): string[] {
    return tags.filter((tag) => (this.#until.get(tag) ?? Number.NEGATIVE_INFINITY) < until);
  }

  add(tags: readonly string[], until: Millis): void {
    if (this.#until.size > mostTags) this.#until.clear();
    for (const tag of tags) this.#until.set(tag, until);
  }

  forget(tag: string): void {
    this.#until.delete(tag);
  }

  forgetAll(): void {
    this.#until.clear();
  }
}
