import { InvalidAddressError } from '../../errors.js';
import { type AddressForm, parseAddress, refuseCredentials } from '../parse-address.js';

export interface FirestoreAddressOptions {
  readonly projectId?: string;
  readonly databaseId?: string;
  /** The path of a collection, such as `cache` or `tenants/a/cache`. */
  readonly collection: string;
}

const form: AddressForm = { example: 'firestore://my-project/cache', parameters: ['database'] };

/** `firestore://project/collection?database=`; without a project (`firestore:///cache`) that of the environment. */
export function firestoreOptions(text: string): FirestoreAddressOptions {
  const address = parseAddress(text, form);
  refuseCredentials(address, form);
  const { authority: projectId, path, parameters } = address;
  if (!/^(?:[a-z][a-z\d.:-]{2,62}[a-z\d])?$/.test(projectId)) {
    throw new InvalidAddressError('its project is no id of a Google Cloud project', form.example);
  }
  if (path.length % 2 === 0 || path.some((name) => name.includes('/'))) {
    throw new InvalidAddressError(
      'its path names no collection, which is one name, or three, as tenants/a/cache',
      form.example,
    );
  }
  const databaseId = parameters.get('database');
  return {
    ...(projectId === '' ? {} : { projectId }),
    ...(databaseId === undefined ? {} : { databaseId }),
    collection: path.join('/'),
  };
}
