import { isIPv4, isIPv6 } from 'node:net';
import { InvalidAddressError } from '../errors.js';
import { closestName } from '../options/closest-name.js';

export interface Host {
  /** A name, an IPv4 address, or an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** The parts of `scheme://username:password@host:port,host:port/path/of/names?parameter=value`, decoded. */
export interface Address {
  readonly scheme: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The part between the slashes, without the user, as it was written. */
  readonly authority: string;
  readonly path: readonly string[];
  readonly parameters: ReadonlyMap<string, string>;
}

/** What the parts may be. */
export interface AddressForm {
  readonly example: string;
  readonly parameters: readonly string[];
}

const longestAddress = 8_192;

/**
 * Takes an address apart. Not by `URL`, which knows no list of hosts, and whose errors repeat what they were given.
 * No message holds a part of the address, which may be secret wherever a password was put by mistake.
 *
 * @throws InvalidAddressError
 */
export function parseAddress(text: string, { example, parameters }: AddressForm): Address {
  const refuse = (reason: string): never => {
    throw new InvalidAddressError(reason, example);
  };
  if (text.length > longestAddress) refuse(`it is longer than ${longestAddress} characters`);
  // Control characters are what a log or a protocol of lines would take for an end.
  if (/[\s\p{Cc}]/u.test(text) || !text.isWellFormed()) refuse('it holds white space or a control character');
  const [, scheme, rest] =
    /^([a-z][a-z\d+.-]*):\/\/(.*)$/i.exec(text) ?? refuse('it does not begin with a scheme and ://');
  if (scheme === undefined || rest === undefined || rest.includes('#')) {
    return refuse('it holds a #, which in a password is written %23');
  }
  const [, location = '', path = '', query] = /^([^/?]*)([^?]*)(?:\?(.*))?$/.exec(rest) ?? [];
  const [username, password, authority] = splitLocation(location, path + (query ?? ''), refuse);
  return {
    scheme: scheme.toLowerCase(),
    username,
    password,
    authority,
    path: readPath(path, refuse),
    parameters: readParameters(query, parameters, refuse),
  };
}

type Refuse = (reason: string) => never;

/** User, password, and what is behind them. */
function splitLocation(
  location: string,
  behind: string,
  refuse: Refuse,
): [string | undefined, string | undefined, string] {
  const encode = 'in a user or password, / is written %2F, ? is %3F and @ is %40';
  if (behind.includes('@')) refuse(`it has an @ behind the host; ${encode}`);
  const [authority = '', user, ...more] = location.split('@').reverse();
  if (more.length > 0) refuse(`it has more than one @; ${encode}`);
  if (user === undefined) return [undefined, undefined, authority];
  const colon = user.indexOf(':');
  const username = colon < 0 ? user : user.slice(0, colon);
  const password = colon < 0 ? '' : user.slice(colon + 1);
  return [decode(username, refuse) || undefined, decode(password, refuse) || undefined, authority];
}

function readPath(path: string, refuse: Refuse): readonly string[] {
  const names = path.replace(/\/$/, '').split('/').slice(1);
  if (names.includes('')) refuse('it has two slashes where one belongs');
  return names.map((name) => decode(name, refuse));
}

function readParameters(query: string | undefined, known: readonly string[], refuse: Refuse): Map<string, string> {
  const parameters = new Map<string, string>();
  if (query === undefined) return parameters;
  const takes = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`;
  for (const part of query.split('&')) {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    if (!known.includes(name)) {
      // Only a name that is known may be told: an unknown one can be the end of a password.
      const meant = closestName(name, known);
      refuse(`it has a parameter that it does not know: ${meant === undefined ? takes : `did you mean ${meant}?`}`);
    }
    if (parameters.has(name)) refuse(`it has ${name} twice`);
    const value = equals < 0 ? '' : decode(part.slice(equals + 1), refuse);
    if (value === '') refuse(`its ${name} is empty`);
    parameters.set(name, value);
  }
  return parameters;
}

function decode(text: string, refuse: Refuse): string {
  let decoded = '';
  try {
    decoded = decodeURIComponent(text);
  } catch {
    refuse('it has a % that begins no percent-encoding: the character itself is written %25');
  }
  return /\p{Cc}/u.test(decoded) ? refuse('it holds a control character') : decoded;
}

/** Each host of a list, with the port that is usual where none is written. */
export function parseHosts({ authority }: Address, usualPort: number, { example }: AddressForm): readonly Host[] {
  const hosts = authority.split(',').map((text, at, all) => {
    const which = all.length === 1 ? 'the host' : `host ${at + 1}`;
    const host = readHost(text, usualPort);
    if (typeof host === 'string') throw new InvalidAddressError(`${which} ${host}`, example);
    return host;
  });
  const twin = hosts.findIndex((host, at) => hosts.findIndex((other) => isSameHost(host, other)) !== at);
  if (twin >= 0) throw new InvalidAddressError(`host ${twin + 1} is there twice`, example);
  return hosts;
}

/** The host, or what is wrong with it. */
function readHost(text: string, usualPort: number): Host | string {
  if (text === '') return 'is missing';
  const [, v6, name, portText] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(text) ?? [];
  const host = v6 ?? name;
  if (host === undefined || (portText?.includes(':') ?? false))
    return 'is no name or address (IPv6 needs brackets: [::1])';
  if (v6 === undefined ? !isHostName(host) : !isIPv6(host)) return 'is no name or address';
  const port = portText === undefined ? usualPort : /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  return port >= 1 && port <= 65_535 ? { host, port } : 'has a port that is no whole number from 1 to 65535';
}

/** Underscores too: names of containers have them. */
function isHostName(text: string): boolean {
  if (/^[\d.]+$/.test(text)) return isIPv4(text);
  return text.length <= 253 && /^(?!-)[\w-]{1,63}(?<!-)(?:\.(?!-)[\w-]{1,63}(?<!-))*\.?$/.test(text);
}

function isSameHost(one: Host, other: Host): boolean {
  return one.port === other.port && one.host.toLowerCase() === other.host.toLowerCase();
}

/** `host:port`, with brackets around IPv6. */
export function formatHost({ host, port }: Host): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A parameter that is `true` or `false`. */
export function readSwitch({ parameters }: Address, name: string, { example }: AddressForm): boolean {
  const text = parameters.get(name) ?? 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw new InvalidAddressError(`its ${name} is neither true nor false`, example);
}

export function refuseCredentials({ username, password }: Address, { example }: AddressForm): void {
  if (username === undefined && password === undefined) return;
  throw new InvalidAddressError('it takes no user and password: the credentials come from the environment', example);
}
