import { InvalidAddressError } from '../../errors.js';
import { type AddressForm, formatHost, parseAddress, parseHosts, readSwitch } from '../parse-address.js';

export interface MemcachedAddressOptions {
  /** Each `host:port`. */
  readonly servers: readonly string[];
  readonly prefix?: string;
  readonly auth?: { readonly username: string; readonly password: string };
  readonly tls?: true;
}

const form: AddressForm = {
  example: 'memcached://cache-1:11211,cache-2:11211',
  parameters: ['prefix', 'tls'],
};
const usualPort = 11_211;

/** `memcached://user:password@host:11211,host:11211?prefix=&tls=true`. */
export function memcachedOptions(text: string): MemcachedAddressOptions {
  const address = parseAddress(text, form);
  const servers = parseHosts(address, usualPort, form).map(formatHost);
  const { username, password, parameters } = address;
  if (address.path.length > 0)
    throw new InvalidAddressError('it has a path, and memcached has no databases', form.example);
  if ((username === undefined) !== (password === undefined)) {
    throw new InvalidAddressError('it has only one of user and password', form.example);
  }
  const prefix = parameters.get('prefix');
  return {
    servers,
    ...(prefix === undefined ? {} : { prefix }),
    ...(username === undefined || password === undefined ? {} : { auth: { username, password } }),
    ...(readSwitch(address, 'tls', form) ? { tls: true } : {}),
  };
}
