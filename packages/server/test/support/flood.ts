import { connect } from 'node:net';

export interface FloodResult {
  readonly admitted: number;
  readonly denied: number;
}

const requestsAhead = 20;

/**
 * Sends GETs of an absent key over one connection, as fast as they are answered, until nothing was admitted for so long;
 * counts what was refused with 429, and what was not.
 */
export function floodUntilDenied(port: number, key: string, deniedFor = 1_500): Promise<FloodResult> {
  const request = `GET /v1/cache/absent HTTP/1.1\r\nHost: larder\r\nX-API-Key: ${key}\r\n\r\n`.repeat(requestsAhead);
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let admitted = 0;
    let denied = 0;
    let answeredOfRound = 0;
    let rest = '';
    let lastAdmitted = Date.now();
    socket.setTimeout(20_000, () => socket.destroy(new Error('The service stopped answering.')));
    socket.on('error', reject);
    socket.on('connect', () => socket.write(request));
    socket.on('data', (data) => {
      rest += data.toString('latin1');
      const answers = rest.matchAll(/HTTP\/1\.1 (\d{3}) /g);
      let end = 0;
      for (const answer of answers) {
        end = answer.index + answer[0].length;
        answeredOfRound++;
        if (answer[1] === '429') denied++;
        else if (answer[1] === '404') {
          admitted++;
          lastAdmitted = Date.now();
        } else reject(new Error(`Neither admitted nor denied: ${answer[1]}`));
      }
      // What may be the beginning of a status line, cut in two.
      rest = rest.slice(Math.max(end, rest.length - 16));
      if (answeredOfRound < requestsAhead) return;
      answeredOfRound -= requestsAhead;
      if (Date.now() - lastAdmitted < deniedFor) {
        socket.write(request);
        return;
      }
      socket.destroy();
      resolve({ admitted, denied });
    });
  });
}

/** A length of windows of which the present one goes on for two minutes and more, so that a test lies in one window. */
export function windowSecondsFarFromEnd(now: number): number {
  for (let seconds = 600; ; seconds += 7) if (seconds - ((now / 1_000) % seconds) > 120) return seconds;
}
