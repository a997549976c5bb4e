import { InvalidAddressError } from '../../errors.js';
import { type AddressForm, parseAddress, refuseCredentials } from '../parse-address.js';

export interface DynamoAddressOptions {
  readonly table: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly prefix?: string;
}

const form: AddressForm = { example: 'dynamodb://eu-central-1/cache', parameters: ['endpoint', 'prefix'] };

/** `dynamodb://region/table?endpoint=http://127.0.0.1:8000&prefix=`; without a region that of the environment. */
export function dynamoOptions(text: string): DynamoAddressOptions {
  const address = parseAddress(text, form);
  refuseCredentials(address, form);
  const { authority: region, path, parameters } = address;
  if (!/^[a-z\d-]*$/.test(region)) throw new InvalidAddressError('its region is no region of AWS', form.example);
  const [table = '', ...more] = path;
  if (more.length > 0 || !/^[\w.-]{3,255}$/.test(table)) {
    throw new InvalidAddressError('its path is no name of a table (3 to 255 letters, digits, _ - .)', form.example);
  }
  const endpoint = parameters.get('endpoint');
  if (endpoint !== undefined && !isEndpoint(endpoint)) {
    throw new InvalidAddressError('its endpoint is no http:// or https:// address without a user', form.example);
  }
  const prefix = parameters.get('prefix');
  return {
    table,
    ...(region === '' ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(prefix === undefined ? {} : { prefix }),
  };
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}
