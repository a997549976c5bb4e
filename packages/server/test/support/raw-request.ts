import { connect } from 'node:net';

export interface RawResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Sends these very bytes and reads one answer: nothing on the way mends what is malformed. */
export function rawRequest(port: number, bytes: string | Buffer, timeout = 15_000): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const received: Buffer[] = [];
    const settle = (outcome: RawResponse | Error) => {
      socket.destroy();
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    socket.setTimeout(timeout, () =>
      settle(new Error(`No answer within ${timeout} ms to ${String(bytes).slice(0, 200)}`)),
    );
    socket.on('error', (error) => (received.length === 0 ? settle(error) : undefined));
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (data) => {
      received.push(data);
      const response = parseResponse(Buffer.concat(received).toString('latin1'));
      if (response !== undefined) settle(response);
    });
    socket.on('close', () => {
      settle(
        parseResponse(Buffer.concat(received).toString('latin1'), true) ??
          new Error('The connection closed without an answer.'),
      );
    });
  });
}

/** `undefined` while the answer is not all there. */
function parseResponse(text: string, isClosed = false): RawResponse | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const status = Number(statusLine.split(' ')[1]);
  if (status === 100) return parseResponse(text.slice(headEnd + 4), isClosed);
  const body = text.slice(headEnd + 4);
  const length = Number(headers.get('content-length') ?? 0);
  return body.length >= length || isClosed ? { status, headers, body } : undefined;
}
