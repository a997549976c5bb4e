/* What the parts of the store need of a client: what each client's own file turns it into. */

export type Argument = string | Buffer;

/** Texts are Buffers, whatever the client would make of them. */
export type Reply = Buffer | number | null | Error | readonly Reply[];

export interface RedisConnection {
  readonly isCluster: boolean;
  readonly database: number;
  /**
   * One command, to the node that serves `key`: a primary unless it only reads and the client was told to read from
   * replicas. Rejects with the client's own error.
   */
  send(key: string, command: string, args: Argument[], access: 'reads' | 'writes'): Promise<Reply>;
  /** Every node that takes writes: one, unless it is a cluster. */
  primaries(): readonly PrimaryNode[];
  /** Ends the connection, if it is the store's own. */
  close(): Promise<void>;
}

export interface PrimaryNode {
  send(command: string, args: Argument[]): Promise<Reply>;
  /** Opens one more connection to the same node; it is closed when `end` is aborted, also while it is being opened. */
  listen(end: AbortSignal): Promise<Subscriber>;
}

/** A connection on which messages arrive, by RESP2. It never reconnects: what ails it once ends it. */
export interface Subscriber {
  /** Only before the first subscription. */
  send(command: string, args: Argument[]): Promise<Reply>;
  /** Resolves when the server has acknowledged it. */
  subscribe(channel: string, command: SubscribeCommand, heard: (message: Reply) => void): Promise<void>;
  ping(): Promise<unknown>;
  /** Resolves with the reason, and never rejects. */
  readonly lost: Promise<unknown>;
}

export type SubscribeCommand = 'SUBSCRIBE' | 'SSUBSCRIBE';
