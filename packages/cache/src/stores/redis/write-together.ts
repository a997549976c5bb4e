/** What is used of a socket. */
interface Corkable {
  cork(): void;
  uncork(): void;
}

/**
 * To be called before something is sent by a client that writes each command for itself: what is sent within a tick then
 * goes to the kernel in one write, which costs this process and the server as much as what is in it. The writes of two
 * lanes, and what the bus tells of those before them, mostly leave together.
 *
 * It waits for two turns of `process.nextTick`: in the first, those whom the last answers woke have asked; in the second,
 * their batch has left. No other event comes in between, so a lone command waits for nothing.
 */
export function writeTogether(client: { readonly stream?: unknown }): () => void {
  let isCorked = false;
  return () => {
    const { stream } = client;
    if (isCorked || !isCorkable(stream)) return;
    isCorked = true;
    stream.cork();
    process.nextTick(() => {
      process.nextTick(() => {
        isCorked = false;
        stream.uncork();
      });
    });
  };
}

/** A client may have none yet, or not show it: then each command is a write. */
function isCorkable(stream: unknown): stream is Corkable {
  if (typeof stream !== 'object' || stream === null) return false;
  const { cork, uncork } = stream as Partial<Corkable>;
  return typeof cork === 'function' && typeof uncork === 'function';
}
