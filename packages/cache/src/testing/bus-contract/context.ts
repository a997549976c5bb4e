import type { BusConnection, BusTransport } from '../../contracts/bus.js';
import type { ContractOptions } from '../store-contract/context.js';
import { Ear } from './ear.js';

export interface BusContractOptions extends Pick<ContractOptions, 'describe' | 'it' | 'name'> {
  /** Gives a transport on which nobody else publishes, before each test. */
  readonly open: () => Promise<BusTransport>;
  /** Gives one that hears what `open` gave last and is heard by it, as in another process. Without it: the same one. */
  readonly openAgain?: () => Promise<BusTransport>;
  /** Gives one on the same back end under another name, which must not hear what `open` gave last. */
  readonly openApart?: () => Promise<BusTransport>;
  /** Writes these keys, whole and at once, past the transport. Only for one that tells of writes (`storeWrote`). */
  readonly writeToStore?: (keys: readonly string[]) => Promise<void>;
  /** Ends what was opened for one test; its connections are closed by then. */
  readonly release?: () => Promise<void>;
  /** Milliseconds within which a frame must have come. Default: 5,000. */
  readonly patience?: number;
}

/** A connection, and what it was told. */
export interface Party {
  readonly ear: Ear;
  readonly connection: BusConnection;
  /** Publishes text. */
  say(text: string): Promise<void>;
}

/** What one test works with. */
export interface BusStage {
  readonly transport: BusTransport;
  /** Opens a connection, and waits until it is there. */
  party(transport: BusTransport, ear?: Ear): Promise<Party>;
  /** As {@link BusStage.party}, without waiting. */
  partyAtOnce(transport: BusTransport, ear?: Ear): Party;
  newEar<Kind extends Ear>(kind: new (patience: number) => Kind): Kind;
}

export interface BusContractContext {
  readonly options: BusContractOptions;
  section(title: string, body: () => void): void;
  /** One sentence of the contract. Skipped, with the reason in its title, where `missing` gives one. */
  states(sentence: string, body: (stage: BusStage) => Promise<void>, missing?: string | undefined): void;
}

export function busContractContext(options: BusContractOptions): BusContractContext {
  return {
    options,
    section: (title, body) => {
      options.describe(title, body);
    },
    states(sentence, body, missing) {
      if (missing === undefined) options.it(sentence, () => onStage(options, body));
      else options.it.skip(`${sentence} (skipped: ${missing})`);
    },
  };
}

async function onStage(options: BusContractOptions, body: (stage: BusStage) => Promise<void>): Promise<void> {
  const { patience = 5_000 } = options;
  const connections: BusConnection[] = [];
  const partyAtOnce = (transport: BusTransport, ear = new Ear(patience)): Party => {
    const connection = transport.open(ear);
    connections.push(connection);
    return { ear, connection, say: (text) => connection.publish(new TextEncoder().encode(text)) };
  };
  try {
    await body({
      transport: await options.open(),
      async party(transport, ear) {
        const party = partyAtOnce(transport, ear);
        await party.ear.isConnected();
        return party;
      },
      partyAtOnce,
      newEar: (kind) => new kind(patience),
    });
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
    await options.release?.();
  }
}
