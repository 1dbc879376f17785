/** Who may import whom: the table of docs/ARCHITECTURE.md, checked. */
const pure = '^src/scaling/(autoscale|balancing|health)/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.(json|d\\.ts)$', '^src/(cluster/agent/index|index)', '^dist/'] },
      to: {},
    },
    {
      name: 'config-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^config/' },
      to: { path: '^(src|test|benchmarks)/' },
    },
    {
      name: 'ipc-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^src/ipc/' },
      to: { path: '^(config|src/(?!ipc/))' },
    },
    { name: 'pure-folders-do-no-io', severity: 'error', from: { path: pure }, to: { dependencyTypes: ['core'] } },
    {
      name: 'pure-folders-need-no-packages',
      severity: 'error',
      from: { path: pure },
      to: { dependencyTypes: ['npm'] },
    },
    {
      name: 'pure-folders-import-each-other-only',
      severity: 'error',
      from: { path: pure },
      to: { path: '^(src|config)/', pathNot: [pure, '^config/'] },
    },
    {
      // Types leave no trace in what was built: an import that is still there is more than a type.
      name: 'pure-folders-take-only-types-of-config',
      severity: 'error',
      from: { path: '^dist/src/scaling/(autoscale|balancing|health)/' },
      to: { path: '^dist/config/' },
    },
    {
      name: 'scaling-knows-no-processes',
      severity: 'error',
      from: { path: '^src/scaling/', pathNot: pure },
      to: { path: '^src/', pathNot: ['^src/scaling/', '^src/ipc/'] },
    },
    {
      name: 'cluster-imports-decisions-only',
      severity: 'error',
      from: { path: '^src/cluster/', pathNot: '^src/cluster/agent/' },
      to: { path: '^src/', pathNot: ['^src/cluster/(?!agent/)', '^src/ipc/', pure] },
    },
    {
      name: 'agent-imports-ipc-only',
      severity: 'error',
      from: { path: '^src/cluster/agent/' },
      to: { path: '^(src|config)/', pathNot: ['^src/cluster/agent/', '^src/ipc/'] },
    },
    {
      name: 'app-uses-public-exports',
      severity: 'error',
      from: { path: '^src/app/' },
      to: { path: '^(src|config)/', pathNot: '^src/app/' },
    },
    {
      name: 'cli-uses-runtime-and-config',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/', pathNot: ['^src/cli/', '^src/runtime/', '^src/ipc/status', '^src/scaling/simulate/'] },
    },
    {
      name: 'only-the-entry-composes',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(runtime|cli)/', '^src/index'] },
      to: { path: '^src/runtime/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'] },
  },
};
