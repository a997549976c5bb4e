import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The built command, on a machine without credentials of any cloud. */
function larder(...parameters: string[]) {
  const env = { PATH: process.env.PATH, HOME: tmpdir(), METADATA_SERVER_DETECTION: 'none' };
  return spawnSync(process.execPath, [main, ...parameters], { env, encoding: 'utf8', timeout: 20_000 });
}

describe('larder', () => {
  it.each([['help'], ['--help']])('%s says what there is', (parameter) => {
    const { status, stdout } = larder(parameter);
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: larder <command> [options]');
  });

  it('refuses a command that it does not have, and says which it has', () => {
    const { status, stderr, stdout } = larder('sttart');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/no command "sttart".*setup/s);
  });
});

describe('larder setup', () => {
  it.each([[[]], [['postgres']]])('without a back end that it knows (%j) names those it knows', (parameters) => {
    const { status, stderr } = larder('setup', ...parameters);
    expect(status).toBe(2);
    expect(stderr).toMatch(/there is setup for: .*firestore/);
  });
});

describe('larder setup firestore', () => {
  it('prints the commands to paste where there are no credentials', () => {
    const { status, stdout, stderr } = larder('setup', 'firestore', '--project', 'p', '--collection', "a/b/it's");
    expect(status).toBe(1);
    expect(stderr).toMatch(/was not prepared\. No credentials/);
    expect(stderr).not.toContain('    at ');
    const where = `--collection-group='it'\\''s' --database='(default)' --project=p`;
    expect(stdout.split('\n')[0]).toBe(`gcloud firestore fields ttls update expires_at --enable-ttl ${where}`);
    expect(stdout).toContain(`gcloud firestore indexes fields update data --disable-indexes ${where}`);
  });

  it('tells the same as JSON', () => {
    const { status, stdout } = larder('setup', 'firestore', '--project', 'p', '--collection', 'c', '--json');
    const document = JSON.parse(stdout);
    expect({ status, ...document }).toMatchObject({ status: 1, collection: 'c', commands: expect.any(Array) });
    expect(document.reason).toContain('No credentials');
  });

  it.each([
    [[]],
    [['--project', 'p']],
    [['--project', 'p', '--collection', 'a/b']],
    [['--project', 'p', '--colection', 'c']],
  ])('says how it is called when told %j', (parameters) => {
    const { status, stderr } = larder('setup', 'firestore', ...parameters);
    expect(status).toBe(2);
    expect(stderr).toContain('Usage: larder setup firestore --project <project> --collection <collection>');
  });
});
