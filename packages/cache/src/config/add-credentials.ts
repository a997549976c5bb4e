import { InvalidAddressError } from '../errors.js';

/**
 * The address with a user and a password that were given apart from it, so that they may hold any character.
 *
 * @throws InvalidAddressError if it has a user of its own, or no place for one
 */
export function addCredentials(address: string, username: string | undefined, password: string | undefined): string {
  if (username === undefined && password === undefined) return address;
  const [, scheme, rest] = /^([a-z][a-z\d+.-]*:\/\/)(.*)$/is.exec(address) ?? [];
  const example = 'redis://localhost:6379/0';
  if (scheme === undefined || rest === undefined) {
    throw new InvalidAddressError('there is a user or password, and no address that takes one', example);
  }
  if (rest.includes('@')) {
    throw new InvalidAddressError('there is a user or password both in the address and apart from it', example);
  }
  return `${scheme}${encodeURIComponent(username ?? '')}:${encodeURIComponent(password ?? '')}@${rest}`;
}
