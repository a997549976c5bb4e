import { classicCodes, isErrorReply, type MetaReply } from './meta-replies.js';

type Answer = (reply: MetaReply | undefined, error: Error | undefined) => void;

export interface Request {
  readonly opaque: string;
  readonly answer: Answer;
  readonly askedAt: number;
}

const mostRequests = 100_000;
const opaques = 36 ** 4;

/** The requests of one connection that have no answer, oldest first. Tells when the oldest has waited too long. */
export class RequestQueue {
  readonly #patience: number;
  readonly #onImpatience: () => void;
  #requests: Request[] = [];
  /** Those before it are answered. */
  #first = 0;
  #lastOpaque = 0;
  #watch: NodeJS.Timeout | undefined;

  constructor(patience: number, onImpatience: () => void) {
    this.#patience = patience;
    this.#onImpatience = onImpatience;
  }

  get isEmpty(): boolean {
    return this.#first === this.#requests.length;
  }

  get isFull(): boolean {
    return this.#requests.length - this.#first >= mostRequests;
  }

  /** Returns the opaque to send with it. */
  add(answer: Answer): string {
    this.#lastOpaque = (this.#lastOpaque + 1) % opaques;
    const opaque = this.#lastOpaque.toString(36);
    this.#requests.push({ opaque, answer, askedAt: performance.now() });
    this.#keepWatch();
    return opaque;
  }

  /** Who is answered by this reply; `undefined` if it is not the answer to the oldest request. */
  next(reply: MetaReply): Answer | undefined {
    const request = this.#requests[this.#first];
    if (request === undefined || !isAnswerTo(request, reply)) return undefined;
    this.#first += 1;
    if (this.#first > 1024 || this.isEmpty) this.#forgetAnswered();
    return request.answer;
  }

  takeAll(): readonly Request[] {
    const waiting = this.#requests.slice(this.#first);
    this.#requests = [];
    this.#first = 0;
    clearTimeout(this.#watch);
    this.#watch = undefined;
    return waiting;
  }

  append(requests: readonly Request[]): void {
    for (const request of requests) this.#requests.push(request);
    if (requests.length > 0) this.#keepWatch();
  }

  #forgetAnswered(): void {
    this.#requests.splice(0, this.#first);
    this.#first = 0;
  }

  /** One timer for all, which looks at the oldest when it is due, and keeps no process alive. */
  #keepWatch(delay = this.#patience): void {
    if (this.#watch !== undefined) return;
    this.#watch = setTimeout(() => {
      this.#watch = undefined;
      const oldest = this.#requests[this.#first];
      if (oldest === undefined) return;
      const left = oldest.askedAt + this.#patience - performance.now();
      if (left <= 0) this.#onImpatience();
      else this.#keepWatch(Math.ceil(left));
    }, delay);
    this.#watch.unref();
  }
}

const withoutOpaque: ReadonlySet<string> = new Set(['EN', 'MN', ...classicCodes]);

/** A miss, a noop, an error and what is classic come without the opaque: their place in the order has to do. */
function isAnswerTo({ opaque }: Request, reply: MetaReply): boolean {
  if (withoutOpaque.has(reply.code) || isErrorReply(reply)) return true;
  const { rest } = reply;
  const mark = `O${opaque}`;
  return rest.startsWith(mark) && (rest.length === mark.length || rest.charCodeAt(mark.length) === 0x20);
}
