import { InvalidAddressError } from '../../errors.js';
import { type AddressForm, formatHost, parseAddress, parseHosts } from '../parse-address.js';

export interface RemoteAddressOptions {
  readonly url: string;
  readonly key: string;
}

const overTls: AddressForm = { example: 'larder+https://:lrd_live_key@cache.example.com', parameters: [] };
const inClear: AddressForm = { example: 'larder+http://:lrd_live_key@127.0.0.1:8080', parameters: [] };

/** `larder+https://:key@host:443/path`, or `larder+http:`: a Larder service, and an API key of it. */
export function remoteOptions(text: string): RemoteAddressOptions {
  const isSecure = /^larder\+https:/i.test(text);
  const form = isSecure ? overTls : inClear;
  const address = parseAddress(text, form);
  const [host, ...more] = parseHosts(address, isSecure ? 443 : 80, form);
  if (host === undefined || more.length > 0) {
    throw new InvalidAddressError('it names several hosts: give the address of what is before them', form.example);
  }
  const { username, password: key } = address;
  if (key === undefined || key === '' || username !== undefined) {
    throw new InvalidAddressError('it lacks the API key, which stands between a colon and an @', form.example);
  }
  const path = address.path.map((name) => `/${encodeURIComponent(name)}`).join('');
  return { url: `${isSecure ? 'https' : 'http'}://${formatHost(host)}${path}`, key };
}
