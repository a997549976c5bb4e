/** One reply of the server: its code, the flags behind it, and the value where it has one. */
export interface MetaReply {
  readonly code: ReplyCode;
  /** What stands behind the code (and the length of the value): flags, or the text of an error. */
  readonly rest: string;
  readonly value: Buffer | undefined;
}

export const metaCodes = ['HD', 'VA', 'EN', 'NS', 'EX', 'NF', 'MN'] as const;
export const errorCodes = ['ERROR', 'CLIENT_ERROR', 'SERVER_ERROR'] as const;

/** What answers the classic commands in use: by which a client proves who it is, and `stats`, whose last line it is. */
export const classicCodes = ['STORED', 'END'] as const;

export type ReplyCode = (typeof metaCodes)[number] | (typeof errorCodes)[number] | (typeof classicCodes)[number];

const codes: ReadonlySet<string> = new Set([...metaCodes, ...errorCodes, ...classicCodes]);

export function isReplyCode(text: string): text is ReplyCode {
  return codes.has(text);
}

export function isErrorReply({ code }: MetaReply): boolean {
  return code === 'ERROR' || code === 'CLIENT_ERROR' || code === 'SERVER_ERROR';
}

/** What the flags of a reply say of an item. */
export interface ItemFlags {
  readonly cas: string | undefined;
  readonly clientFlags: number;
  /** Seconds until the server drops the item; -1: never. */
  readonly secondsLeft: number;
  /** This client is to load the item (W). */
  readonly won: boolean;
  /** The item was marked stale (X). */
  readonly stale: boolean;
  /** Another client is loading the item already (Z). */
  readonly loadedElsewhere: boolean;
}

export function itemFlags({ rest }: MetaReply): ItemFlags {
  const flags = rest.split(' ');
  const token = (letter: string) => flags.find((flag) => flag.startsWith(letter))?.slice(1);
  return {
    cas: token('c'),
    clientFlags: Number(token('f') ?? 0),
    secondsLeft: Number(token('t') ?? -1),
    won: flags.includes('W'),
    stale: flags.includes('X'),
    loadedElsewhere: flags.includes('Z'),
  };
}
