/** One event of a stream of Server-Sent Events (HTML, 9.2): a name and its data. */
export interface StreamEvent {
  readonly name: string;
  readonly data: string;
}

/** Takes a stream apart, however its bytes are cut. Ids and retry times are not used here, and comments not told. */
export class EventStreamReader {
  readonly #tell: (event: StreamEvent) => void;
  readonly #decoder = new TextDecoder();
  #rest = '';
  #name = '';
  #data: string[] = [];

  constructor(tell: (event: StreamEvent) => void) {
    this.#tell = tell;
  }

  push(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line.endsWith('\r') ? line.slice(0, -1) : line);
  }

  #line(line: string): void {
    if (line === '') {
      if (this.#data.length > 0) this.#tell({ name: this.#name || 'message', data: this.#data.join('\n') });
      this.#name = '';
      this.#data = [];
      return;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#name = value;
    else if (field === 'data') this.#data.push(value);
  }
}
