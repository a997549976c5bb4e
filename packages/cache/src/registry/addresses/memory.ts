import type { Size } from '../../contracts/time.js';
import { InvalidAddressError, InvalidOptionError } from '../../errors.js';
import { parseSize } from '../../options/size.js';
import { type AddressForm, parseAddress } from '../parse-address.js';

export interface MemoryAddressOptions {
  readonly maxBytes?: Size;
  readonly maxEntries?: number;
}

const form: AddressForm = { example: 'memory:?maxBytes=64mb', parameters: ['maxBytes', 'maxEntries'] };

/** `memory:`, or `memory:?maxBytes=64mb&maxEntries=10000`. */
export function memoryOptions(text: string): MemoryAddressOptions {
  const rest = text.slice(text.indexOf(':') + 1);
  if (rest !== '' && !rest.startsWith('?')) {
    throw new InvalidAddressError('nothing but parameters may follow memory:', form.example);
  }
  const { parameters } = parseAddress(`memory://${rest}`, form);
  return { ...maxBytesOf(parameters.get('maxBytes')), ...maxEntriesOf(parameters.get('maxEntries')) };
}

function maxBytesOf(text: string | undefined): { readonly maxBytes?: Size } {
  if (text === undefined) return {};
  try {
    parseSize(text as Size, 'maxBytes');
    return { maxBytes: text as Size };
  } catch (error) {
    if (error instanceof InvalidOptionError) throw new InvalidAddressError('its maxBytes is no size', form.example);
    throw error;
  }
}

function maxEntriesOf(text: string | undefined): { readonly maxEntries?: number } {
  if (text === undefined) return {};
  const maxEntries = /^\d{1,8}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
  if (maxEntries <= 2 ** 24) return { maxEntries };
  throw new InvalidAddressError('its maxEntries is no whole number from 0 to 2^24', form.example);
}
