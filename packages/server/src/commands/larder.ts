import { closestWord } from './closest-word.js';
import { type Command, CommandFailure, type Surroundings, UsageError } from './command.js';
import { exitCodes } from './exit-codes.js';
import { inColumns, withoutSecrets } from './text.js';

interface TableRow {
  readonly name: string;
  readonly summary: string;
  /** Each is loaded when it is asked for: whoever reads an entry waits for no web server. */
  readonly load: () => Promise<Command>;
}

const table: readonly TableRow[] = [
  {
    name: 'serve',
    summary: 'starts the service, as the environment and larder.yaml say; so does larder alone',
    load: async () => (await import('./serve-command.js')).serveCommand,
  },
  {
    name: 'setup',
    summary: 'prepares a back end to hold entries',
    load: async () => (await import('./setup.js')).setup,
  },
  {
    name: 'health',
    summary: 'asks whether the service that these settings start is alive: for containers',
    load: async () => (await import('./health.js')).health,
  },
  { name: 'get', summary: 'reads an entry', load: async () => (await import('./get.js')).get },
  { name: 'set', summary: 'writes an entry', load: async () => (await import('./set.js')).set },
  { name: 'delete', summary: 'deletes an entry', load: async () => (await import('./delete.js')).remove },
  {
    name: 'inspect',
    summary: 'shows all attributes of an entry; decodes what a store holds',
    load: async () => (await import('./inspect.js')).inspect,
  },
  {
    name: 'stats',
    summary: 'shows hits, misses and writes, live',
    load: async () => (await import('./stats.js')).stats,
  },
  {
    name: 'keys',
    summary: 'makes, lists, rotates and revokes API keys',
    load: async () => (await import('./keys.js')).keys,
  },
  {
    name: 'tenants',
    summary: 'makes, lists, shows, limits, empties and removes tenants',
    load: async () => (await import('./tenants.js')).tenants,
  },
  {
    name: 'doctor',
    summary: 'checks configuration, store, service and API key, and says what to do',
    load: async () => (await import('./doctor.js')).doctor,
  },
];

const help = `Larder keeps what a service needs for a while.

Usage: larder <command> [options]

Commands:
${inColumns(table.map(({ name, summary }) => [`  ${name}`, summary]))}

All but serve, setup and health speak to a running service: LARDER_URL says where it is (http://127.0.0.1:8080 if it says nothing),
LARDER_KEY holds an API key. --json makes their output JSON. Exit codes: 0 done, 1 failed, 2 not understood, 3 not found,
4 not allowed, 5 conflict, 6 unreachable.

More of each: larder <command> --help
`;

/** The `larder` command: everything it is told stands in its parameters and its surroundings. Never rejects for a misuse. */
export async function larder(words: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    const [name = 'serve', ...parameters] = words;
    if (name === 'help' || name === '--help' || name === '-h') return await showHelp(parameters, surroundings);
    return await (await commandCalled(name))(parameters, surroundings);
  } catch (error) {
    const { exitCode, code, message, details } = asFailure(error);
    const safe = withoutSecrets(message, keysIn(words, surroundings));
    const asJson = words.slice(0, words.indexOf('--') >>> 0).includes('--json');
    surroundings.error(
      asJson ? `${JSON.stringify({ error: { code, message: safe, exitCode, ...details } })}\n` : `${safe}\n`,
    );
    return exitCode;
  }
}

/** `larder help keys` is `larder keys --help`. */
async function showHelp([name]: readonly string[], surroundings: Surroundings): Promise<number> {
  if (name !== undefined && !name.startsWith('-')) return (await commandCalled(name))(['--help'], surroundings);
  surroundings.out(help);
  return exitCodes.done;
}

async function commandCalled(name: string): Promise<Command> {
  const row = table.find((each) => each.name === name);
  if (row !== undefined) return row.load();
  const names = table.map((each) => each.name);
  const meant = closestWord(name, names);
  const advice = meant === undefined ? `There are ${names.join(', ')}.` : `Did you mean larder ${meant}?`;
  throw new UsageError(`larder has no command ${JSON.stringify(name)}. ${advice}\nMore: larder --help`);
}

/** @throws what is nobody's misuse, but a defect */
function asFailure(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  if (error instanceof UsageError)
    return new CommandFailure(error.message, { code: 'usage', exitCode: exitCodes.usage });
  // By its code, so that not every command has to load the library.
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!(error instanceof Error && code.startsWith('LARDER_'))) throw error;
  const isUsage = code === 'LARDER_INVALID_OPTION' || code === 'LARDER_INVALID_KEY';
  return new CommandFailure(error.message, { code, exitCode: isUsage ? exitCodes.usage : exitCodes.failed });
}

/** The API keys that were given, wherever: no message may repeat them. */
function keysIn(words: readonly string[], { environment }: Surroundings): readonly (string | undefined)[] {
  const given = words.map((word, at) =>
    word.startsWith('--key=') ? word.slice(6) : words[at - 1] === '--key' ? word : '',
  );
  return [...given, environment.LARDER_KEY, environment.LARDER_BOOTSTRAP_KEY];
}
