import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Mount } from './namespaces.js';

/** What makes an install in another root take the registry and the cache that this machine is set up for. */
export interface NpmOfThisMachine {
  readonly mounts: readonly Mount[];
  readonly environment: Readonly<Record<string, string>>;
}

const network = ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf'];
const passedOn = /^(?:https?_proxy|no_proxy|node_extra_ca_certs)$/i;

export function npmOfThisMachine(): NpmOfThisMachine {
  const { registry, cache, userconfig, globalconfig, cafile } = npmSettings();
  const files = new Set([...network, cafile, process.env.NODE_EXTRA_CA_CERTS]);
  const readOnly: readonly Mount[] = [
    ...[...files].flatMap((file) => (file === undefined ? [] : [{ from: file, to: file }])),
    { from: userconfig ?? '', to: '/root/.npmrc' },
    { from: globalconfig ?? '', to: '/etc/npmrc' },
  ];
  const mounts = [
    ...readOnly.map((mount) => ({ ...mount, readOnly: true })),
    { from: cache ?? '', to: '/root/.npm' },
  ].filter(({ from }) => existsSync(from));
  const environment = {
    ...environmentOf(passedOn),
    ...(registry === undefined ? {} : { npm_config_registry: registry }),
    npm_config_globalconfig: '/etc/npmrc',
    npm_config_cache: '/root/.npm',
    npm_config_prefer_offline: 'true',
    // Without a network the cache has to do, and npm would wait minutes before it takes that.
    npm_config_fetch_retry_mintimeout: '200',
    npm_config_fetch_retry_maxtimeout: '2000',
  };
  return { mounts, environment };
}

function environmentOf(names: RegExp): Readonly<Record<string, string>> {
  const pairs = Object.entries(process.env).flatMap(([name, value]) =>
    names.test(name) && value !== undefined ? [[name, value]] : [],
  );
  return Object.fromEntries(pairs);
}

function npmSettings(): Readonly<Record<string, string | undefined>> {
  const names = ['registry', 'cache', 'userconfig', 'globalconfig', 'cafile'];
  // Not in this repository: npm refuses to tell its settings in a workspace.
  const pairs = execFileSync('npm', ['config', 'get', ...names], {
    cwd: '/',
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .split('\n')
    .map((line) => /^(\w+)\s*=\s*(.+)$/.exec(line) ?? [])
    .flatMap(([, name, value]) => (name === undefined || value === 'null' ? [] : [[name, value]]));
  return Object.fromEntries(pairs);
}
