import type { DynamoConnectionOptions } from './connection-options.js';

/** What `createDynamoTable` does, for the AWS command line. */
export function awsCommands({
  table,
  region,
  endpoint,
}: Pick<DynamoConnectionOptions, 'table' | 'region' | 'endpoint'>): readonly string[] {
  const place = [
    `--table-name ${quoted(table)}`,
    ...(region === undefined ? [] : [`--region ${quoted(region)}`]),
    ...(endpoint === undefined ? [] : [`--endpoint-url ${quoted(new URL(endpoint).origin)}`]),
  ].join(' ');
  return [
    `aws dynamodb create-table ${place} --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=pk,AttributeType=S AttributeName=sk,AttributeType=S --key-schema AttributeName=pk,KeyType=HASH AttributeName=sk,KeyType=RANGE`,
    `aws dynamodb wait table-exists ${place}`,
    `aws dynamodb update-time-to-live ${place} --time-to-live-specification Enabled=true,AttributeName=ttl`,
  ];
}

/** For a shell: as it is where nothing in it means anything there. */
function quoted(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
