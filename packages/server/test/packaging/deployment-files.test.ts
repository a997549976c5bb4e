import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readConfig } from '../../src/config.js';
import { readServiceSettings } from '../../src/given-settings.js';
import { defaultLimits } from '../../src/limits.js';
import { type AppInProcess, startApp } from '../support/app-in-process.js';
import { buildContext } from './build-context.js';
import { parseDockerfile } from './dockerfile.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');
const image = parseDockerfile(read('Dockerfile')).at(-1);
const [port = 0] = image?.ports ?? [];
const [volume = ''] = image?.volumes ?? [];
const aKey = 'k'.repeat(32);

/** What the service makes of an environment in the container, which brings its own along. */
async function configOf(environment: Readonly<Record<string, string>>) {
  const all = { ...image?.environment, ...environment, LARDER_CONFIG: `${root}deploy/container/larder.yaml` };
  return readConfig(all, await readServiceSettings(all));
}

describe('the Dockerfile', () => {
  it('builds and runs on one and the same base, by its major version', () => {
    const bases = parseDockerfile(read('Dockerfile')).map(({ base }) => base);
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(/^node:\d+-[a-z]+-slim$/);
  });

  it('runs as a user whom Kubernetes can see not to be root', () => {
    expect(image?.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('labels the image with the version and license of the service', () => {
    const { version, license } = JSON.parse(read('packages/server/package.json'));
    expect(image?.labels).toMatchObject({
      'org.opencontainers.image.title': 'Larder',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': license,
    });
  });

  it('is sent sources alone', () => {
    const files = buildContext(root);
    expect(files).toContain('packages/server/src/main.ts');
    expect(files.filter((file) => /\/(?:node_modules|dist|test|\.git)(?:\/|$)|\.env/.test(file))).toEqual([]);
  });

  it.each(['ADD . .', 'COPY --chown=1:1 a b', 'COPY *.json ./', 'RUN --mount=type=cache npm ci', 'ARG VERSION'])(
    'would not be followed past %s',
    (line) => {
      expect(() => parseDockerfile(`FROM node\n${line}`)).toThrow(/cannot follow|knows RUN/);
    },
  );

  it('would not be taken with an entry point that signals do not reach', () => {
    expect(() => parseDockerfile('FROM node\nENTRYPOINT node main.js')).toThrow('no exec form');
  });
});

describe('the container with no settings', () => {
  it('listens on every address, on the port it exposes, and keeps entries in its volume', async () => {
    expect(await configOf({})).toMatchObject({ host: '0.0.0.0', port, store: { kind: 'lmdb', path: volume } });
  });

  it('listens on the port that its platform says in PORT, and LARDER_PORT goes before that', async () => {
    expect(await configOf({ PORT: '9999' })).toMatchObject({ port: 9_999 });
    expect(await configOf({ PORT: '9999', LARDER_PORT: '7777' })).toMatchObject({ port: 7_777 });
  });

  it('takes another store from its environment', async () => {
    expect(await configOf({ LARDER_STORE: 'redis://h' })).toMatchObject({ store: { kind: 'remote', scheme: 'redis' } });
  });
});

interface ComposeService {
  readonly image: string;
  readonly build?: string;
  readonly profiles?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

describe('compose.yaml', () => {
  const { services, volumes }: Compose = parse(read('compose.yaml'), { merge: true });
  const nodes = Object.entries(services).filter(([, service]) => service.build !== undefined);

  it('starts one node alone unless a profile is asked for', () => {
    const plain = Object.keys(services).filter((name) => services[name]?.profiles === undefined);
    expect(plain).toEqual(['larder']);
  });

  it.each(Object.entries(services))('confines %s', (_, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
  });

  it.each(nodes)('gives %s the time to drain, and settings that the service takes', async (_, node) => {
    expect(Number.parseInt(node.stop_grace_period ?? '0s', 10) * 1_000).toBeGreaterThan(defaultLimits.exitTimeout);
    const given = Object.entries(node.environment ?? {}).map(([name, value]) => [name, value ?? aKey]);
    expect(Object.keys(node.environment ?? {}).filter((name) => !isDocumented(name))).toEqual([]);
    expect(await configOf(Object.fromEntries(given))).toMatchObject({ port, bootstrapKey: aKey });
  });

  it('keeps the entries of the embedded store in a named volume, and those of the others in one Redis', async () => {
    expect(services.larder?.volumes).toEqual([`data:${volume}`]);
    const onRedis = nodes.filter(([name]) => name !== 'larder');
    expect(onRedis.map(([name]) => name)).toEqual(['larder-1', 'larder-2']);
    for (const [, { environment, volumes: own }] of onRedis) {
      expect(new URL(environment?.LARDER_STORE ?? '').hostname).toBe('redis');
      expect(own).toBeUndefined();
    }
    expect(Object.keys(volumes)).toEqual(['data', 'redis']);
  });

  it('publishes on the loopback interface, to ports on which somebody listens', () => {
    const published = Object.entries(services).flatMap(([name, { ports = [] }]) => ports.map((text) => [name, text]));
    expect(published.length).toBe(2);
    for (const [, text] of published) expect(text).toMatch(/^127\.0\.0\.1:\d+:8080$/);
    expect(port).toBe(8080);
    expect(read('deploy/balancer/nginx.conf')).toMatch(/^ {4}listen 8080;$/m);
  });

  it('waits for nobody who is not there, or who never says that it is healthy', () => {
    for (const [name, { depends_on = {}, profiles }] of Object.entries(services)) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const known = services[other];
        expect(known, `${name} waits for ${other}`).toBeDefined();
        expect(known?.profiles).toEqual(profiles);
        expect(condition).toBe('service_healthy');
        expect(known?.healthcheck ?? (known?.build && image?.healthCheck)).toBeTruthy();
      }
    }
  });

  it('balances between its nodes', () => {
    const upstreams = [...read('deploy/balancer/nginx.conf').matchAll(/^ {4}server (\S+):(\d+) /gm)];
    expect(upstreams.map(([, host, at]) => [host, Number(at)])).toEqual([
      ['larder-1', port],
      ['larder-2', port],
    ]);
  });
});

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string | number };
  readonly timeoutSeconds?: number;
}

interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef: { readonly name: string; readonly key: string; readonly optional?: true };
  };
}

interface KubernetesContainer {
  readonly image: string;
  readonly env: readonly EnvironmentVariable[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly resources: unknown;
  readonly securityContext: unknown;
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly replicas?: number;
    readonly serviceName?: string;
    readonly selector: { readonly matchLabels: unknown };
    readonly ports?: readonly { readonly targetPort: string }[];
    readonly template: {
      readonly metadata: { readonly labels: unknown };
      readonly spec: {
        readonly enableServiceLinks?: boolean;
        readonly automountServiceAccountToken?: boolean;
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly containers: readonly [KubernetesContainer];
      };
    };
    readonly volumeClaimTemplates?: readonly {
      readonly metadata: { readonly name: string };
      readonly spec: { readonly accessModes: readonly string[] };
    }[];
  };
}

function manifestsIn(file: string): readonly Manifest[] {
  return parseAllDocuments(read(`deploy/kubernetes/${file}`)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

function only(kind: string, file: string): Manifest {
  const found = manifestsIn(file).filter((manifest) => manifest.kind === kind);
  expect(found.length, `${kind} in ${file}`).toBe(1);
  return found[0] as Manifest;
}

/** Every variable that the service reads stands in the table of its settings. */
function isDocumented(variable: string): boolean {
  return read('docs/configuration.md').includes(`\`${variable}\``);
}

describe('the manifests for Kubernetes', () => {
  let app: AppInProcess;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const secret = () => only('Secret', 'secret.yaml');

  it('are these', () => {
    const kinds = readdirSync(`${root}deploy/kubernetes`).flatMap((file) =>
      manifestsIn(file).map(({ apiVersion, kind }) => `${file}: ${apiVersion} ${kind}`),
    );
    expect(kinds.sort()).toEqual([
      'deployment.yaml: apps/v1 Deployment',
      'deployment.yaml: policy/v1 PodDisruptionBudget',
      'deployment.yaml: v1 Service',
      'secret.yaml: v1 Secret',
      'statefulset.yaml: apps/v1 StatefulSet',
      'statefulset.yaml: v1 Service',
    ]);
  });

  describe.each([
    ['deployment.yaml', 'Deployment'],
    ['statefulset.yaml', 'StatefulSet'],
  ])('%s', (file, kind) => {
    const workload = () => only(kind, file);
    const pod = () => workload().spec.template.spec;
    const container = () => pod().containers[0];

    it('probes what the service answers without a key', async () => {
      const { livenessProbe, readinessProbe, startupProbe, ports } = container();
      expect(ports).toEqual([{ name: 'http', containerPort: port }]);
      expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet)).toEqual(
        ['/livez', '/livez', '/readyz'].map((path) => ({ path, port: 'http' })),
      );
      for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
        expect((await fetch(`http://127.0.0.1:${app.port}${httpGet.path}`)).status).toBe(200);
      }
    });

    it('leaves time for the sleep before SIGTERM and the drain after it', () => {
      const { lifecycle } = container();
      const needed = lifecycle.preStop.sleep.seconds * 1_000 + defaultLimits.exitTimeout;
      expect(lifecycle.preStop.sleep.seconds).toBeGreaterThan(0);
      expect(pod().terminationGracePeriodSeconds * 1_000).toBeGreaterThan(needed);
    });

    it('confines the pod', () => {
      const [uid, gid] = (image?.user ?? '').split(':').map(Number);
      expect(pod().securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: uid,
        runAsGroup: gid,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(container().securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container().resources).toMatchObject({ limits: { memory: '512Mi' } });
      expect(pod().automountServiceAccountToken).toBe(false);
    });

    it('keeps Kubernetes from setting LARDER_PORT, which the service could not use', async () => {
      expect(pod().enableServiceLinks).toBe(false);
      await expect(configOf({ LARDER_PORT: 'tcp://10.0.0.1:80' })).rejects.toThrow('LARDER_PORT cannot be used');
    });

    it('sets what the service takes, from the secret that is there', async () => {
      const given = container().env.map(({ name, value, valueFrom }) => {
        const reference = valueFrom?.secretKeyRef;
        if (reference !== undefined) {
          expect(reference.name).toBe(secret().metadata.name);
          if (!reference.optional) expect(Object.keys(secret().stringData ?? {})).toContain(reference.key);
        }
        return [name, value ?? aKey];
      });
      expect(given.map(([name]) => name).filter((name) => !isDocumented(name as string))).toEqual([]);
      const config = await configOf(Object.fromEntries(given));
      expect(config).toMatchObject({ port, bootstrapKey: aKey });
      expect(config.store.kind).toBe(kind === 'Deployment' ? 'remote' : 'lmdb');
    });

    it('has labels that its selectors select, and a service that reaches its port', () => {
      const { selector, template } = workload().spec;
      expect(template.metadata.labels).toEqual(selector.matchLabels);
      const service = only('Service', file);
      expect(service.spec.selector).toEqual(template.metadata.labels);
      expect(service.spec.ports?.map(({ targetPort }) => targetPort)).toEqual(['http']);
    });

    it('runs the version of this repository', () => {
      expect(container().image).toBe(`larder:${image?.labels['org.opencontainers.image.version']}`);
    });
  });

  it('refuse to start with the secret as it is in the repository', async () => {
    await expect(configOf({ ...secret().stringData })).rejects.toThrow(
      'LARDER_BOOTSTRAP_KEY cannot be used: it is empty',
    );
  });

  it('let one pod in two go at a time, and select by the same label', () => {
    const { spec } = only('PodDisruptionBudget', 'deployment.yaml');
    expect(spec).toMatchObject({ maxUnavailable: 1, selector: only('Deployment', 'deployment.yaml').spec.selector });
    expect(only('Deployment', 'deployment.yaml').spec.replicas).toBeGreaterThan(1);
  });

  it('keep the embedded store in a volume that one pod alone has', () => {
    const { spec } = only('StatefulSet', 'statefulset.yaml');
    expect(spec.replicas).toBe(1);
    expect(spec.serviceName).toBe(only('Service', 'statefulset.yaml').metadata.name);
    expect(spec.volumeClaimTemplates?.map((claim) => claim.spec.accessModes)).toEqual([['ReadWriteOncePod']]);
    const [claim] = spec.volumeClaimTemplates ?? [];
    expect(spec.template.spec.containers[0].volumeMounts).toEqual([{ name: claim?.metadata.name, mountPath: volume }]);
    expect(spec.template.spec.securityContext.fsGroup).toBe(Number(image?.user?.split(':')[1]));
  });
});
