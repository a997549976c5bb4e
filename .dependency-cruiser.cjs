/** The table of ARCHITECTURE.md: which room of packages/cache/src may import which. */
const rooms = {
  contracts: [],
  options: ['contracts'],
  policy: ['contracts'],
  keys: ['contracts'],
  codecs: ['contracts'],
  memory: ['contracts', 'policy'],
  stores: ['contracts'],
  tags: ['contracts', 'codecs'],
  bus: ['contracts'],
  tiers: ['contracts', 'options', 'policy', 'keys', 'codecs', 'memory', 'tags'],
  load: ['contracts', 'options', 'policy', 'tiers'],
  channels: ['contracts', 'options', 'keys', 'codecs'],
  locks: ['contracts', 'options', 'policy', 'keys', 'load'],
  expiry: ['contracts', 'keys', 'tags', 'tiers'],
  cache: [
    'contracts',
    'options',
    'policy',
    'keys',
    'codecs',
    'memory',
    'tags',
    'bus',
    'tiers',
    'load',
    'locks',
    'channels',
    'expiry',
  ],
  registry: ['contracts', 'options', 'stores'],
  config: ['contracts', 'options', 'registry', 'cache'],
  inspection: ['contracts', 'options', 'keys', 'codecs'],
  observability: ['contracts', 'options'],
  testing: ['contracts'],
};

const source = '^packages/cache/src/';

const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-imports`,
  comment: `${room} may import errors.ts and: ${allowed.join(', ') || 'nothing else'}.`,
  severity: 'error',
  from: { path: `${source}${room}/` },
  to: { path: source, pathNot: [room, ...allowed].map((name) => `${source}${name}/`).concat(`${source}errors\\.ts$`) },
}));

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: ['\\.d\\.ts$'] }, to: {} },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...roomRules,
    {
      name: 'contracts-import-nothing',
      severity: 'error',
      from: { path: `${source}contracts/` },
      to: { pathNot: `${source}contracts/` },
    },
    {
      name: 'stores-are-leaves',
      comment: 'No store imports another store.',
      severity: 'error',
      from: { path: `${source}stores/([^/]+)/` },
      to: { path: `${source}stores/`, pathNot: `${source}stores/$1/` },
    },
    {
      name: 'registry-imports-stores-lazily',
      comment: 'Choosing a store by its address must not load the clients of all the others.',
      severity: 'error',
      from: { path: `${source}registry/` },
      to: { path: `${source}stores/`, dynamic: false },
    },
    {
      name: 'clients-only-in-stores',
      comment:
        'The library requires no package; the client of a back end is reached by its own store, YAML by one file.',
      severity: 'error',
      from: { path: source, pathNot: `${source}(stores/|config/yaml-tree\\.ts$)` },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg'] },
    },
    {
      name: 'only-the-composition-root-chooses-tiers',
      severity: 'error',
      from: {
        path: `${source}cache/`,
        pathNot: `${source}cache/(create-cache|cache-parts|open-tiers|namespace-parts|open-leases|memory-control)\\.ts$`,
      },
      to: {
        path: `${source}(memory|tiers)/(memory-store|memory-table|memory-only|memory-leases|store-backed|store-tier|stored-leases)\\.ts$`,
      },
    },
    {
      name: 'server-uses-published-entry-points',
      severity: 'error',
      from: { path: '^packages/server/' },
      to: {
        path: '^packages/cache/',
        pathNot:
          '^packages/cache/dist/(index|config/index|inspection/index|stores/[^/]+/index|observability/(logger|prometheus|opentelemetry)|testing/index)\\.',
      },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: ['/dist/.*\\.d\\.ts$'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
  },
};
