import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function larder(words: readonly string[], env: NodeJS.ProcessEnv = credentials): Promise<Ended> {
  return new Promise((resolve) => {
    const options = {
      env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', AWS_EC2_METADATA_DISABLED: 'true', ...env },
    };
    execFile(process.execPath, [main, ...words], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('larder setup dynamodb', () => {
  it('names the flag that is missing, unknown or wrong', async () => {
    const setup = ['setup', 'dynamodb'];
    expect(await larder(setup)).toMatchObject({ code: 2, err: expect.stringContaining('--table is missing') });
    expect(await larder([...setup, '--tabel', 'x'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--tabel'),
    });
    expect(await larder([...setup, '--table', 'a b'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('name of a table'),
    });
  });

  it('explains itself', async () => {
    expect(await larder(['setup', '--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--table NAME') });
  });
});

describe('larder setup dynamodb, where it cannot', () => {
  it('says what is missing in one line, without a stack', async () => {
    const where = ['--region', 'local', '--endpoint', 'http://127.0.0.1:1'];
    const { code, err } = await larder(['setup', 'dynamodb', '--table', 'larder', ...where]);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/^DynamoDB cannot be reached at .*\n$/) });
    const without = await larder(['setup', 'dynamodb', '--table', 'larder', ...where], {});
    expect(without).toMatchObject({ code: 1, err: expect.stringMatching(/^No AWS credentials were found: .*\n$/) });
  });
});
