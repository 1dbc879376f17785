import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { loadAll } from 'js-yaml';
import { loadConfig } from '../../config/load.ts';
import type { ClusterStatus } from '../../src/ipc/status.ts';
import { freePort } from '../helpers/free-port.ts';
import { type Manifest, type ManifestOf, manifest } from '../helpers/kubernetes-schemas.ts';
import { fixture, ROOT, Runtime, until } from '../helpers/runtime.ts';

const BASE = 'deploy/kubernetes/base';
const OVERLAYS = ['deploy/kubernetes/overlays/hpa', 'deploy/kubernetes/overlays/keda'];
const TOKEN = 'viewer:0123456789abcdef';

/** What `kubectl apply -k` would send. */
function rendered(directory: string): readonly unknown[] {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', directory], { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return loadAll(stdout);
}

function only<K extends Manifest['kind']>(kind: K, all: readonly Manifest[]): ManifestOf<K> {
  const [found, ...more] = all.filter((one): one is ManifestOf<K> => one.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`one ${kind} was expected, there are ${more.length + 1}`);
  return found;
}

describe('the manifests for Kubernetes (needs kubectl)', () => {
  let all: ReadonlyMap<string, readonly Manifest[]>;

  before(function () {
    if (spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status !== 0) return this.skip();
    this.timeout(30_000);
    all = new Map(
      [BASE, ...OVERLAYS].map((directory) => [directory, rendered(directory).map((one) => manifest.parse(one))]),
    );
  });

  const base = (): readonly Manifest[] => all.get(BASE) ?? [];
  const pod = () => only('Deployment', base()).spec.template;
  const settings = () => only('ConfigMap', base()).data;

  it('are made of objects that Kubernetes knows, all in one namespace', () => {
    for (const [directory, manifests] of all) {
      expect(manifests.length, directory).to.be.at.least(8);
      for (const { kind, metadata } of manifests) {
        if (kind !== 'Namespace') expect(metadata.namespace, `${directory}: ${kind}`).to.equal('tidegate');
        expect(metadata.labels?.['app.kubernetes.io/name'], `${directory}: ${kind}`).to.equal('tidegate');
      }
    }
  });

  it('refer to what there is: pods, ports, settings and accounts', () => {
    const { metadata, spec } = pod();
    const [container] = spec.containers;
    const ports = container.ports.map(({ name }) => name);
    const matches = (labels: Readonly<Record<string, string>>): boolean =>
      Object.entries(labels).every(([name, value]) => metadata.labels[name] === value);
    for (const one of base()) {
      if (one.kind === 'Deployment' || one.kind === 'PodDisruptionBudget') {
        expect(matches(one.spec.selector.matchLabels), one.kind).to.equal(true);
      }
      if (one.kind === 'NetworkPolicy') {
        expect(matches(one.spec.podSelector.matchLabels)).to.equal(true);
        for (const { ports: allowed } of one.spec.ingress)
          for (const { port } of allowed) expect(ports).to.include(port);
      }
      if (one.kind === 'Service') {
        expect(matches(one.spec.selector), one.metadata.name).to.equal(true);
        for (const { targetPort } of one.spec.ports) expect(ports).to.include(targetPort);
      }
    }
    for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
      expect(ports).to.include(probe.httpGet.port);
    }
    expect(container.envFrom[0]?.configMapRef.name).to.equal(only('ConfigMap', base()).metadata.name);
    expect(spec.serviceAccountName).to.equal(only('ServiceAccount', base()).metadata.name);
    expect(spec.volumes.map(({ name }) => name)).to.have.members(container.volumeMounts.map(({ name }) => name));
    expect(container.ports.map(({ containerPort }) => String(containerPort))).to.deep.equal([
      settings().PORT,
      settings().MANAGEMENT_PORT,
    ]);
  });

  it('scale the deployment, by a metric that the runtime has, and are scraped where /metrics is', () => {
    const [hpa, keda] = OVERLAYS.map((directory) => all.get(directory) ?? []) as [
      readonly Manifest[],
      readonly Manifest[],
    ];
    const { name } = only('Deployment', base()).metadata;
    const { spec } = only('HorizontalPodAutoscaler', hpa);
    expect(spec.scaleTargetRef.name).to.equal(name);
    expect(spec.metrics.map(({ pods }) => pods.metric.name)).to.deep.equal(['tidegate_worker_elu']);
    const scaled = only('ScaledObject', keda).spec;
    expect(scaled.scaleTargetRef.name).to.equal(name);
    expect(scaled.triggers[0]?.metadata.query).to.include('tidegate_worker_elu{namespace="tidegate"}');
    for (const overlay of [hpa, keda]) {
      const monitor = only('ServiceMonitor', overlay).spec;
      const services = overlay.filter((one): one is ManifestOf<'Service'> => one.kind === 'Service');
      const chosen = services.filter(({ metadata }) =>
        Object.entries(monitor.selector.matchLabels).every(([label, value]) => metadata.labels?.[label] === value),
      );
      expect(chosen.map(({ metadata }) => metadata.name)).to.deep.equal(['tidegate-management']);
      expect(chosen[0]?.spec.ports.map((port) => port.name)).to.include(monitor.endpoints[0]?.port);
    }
    expect(only('Deployment', base()).spec).to.not.have.property('replicas');
  });

  it('give a pod the time to leave that the runtime takes', () => {
    const { config } = loadConfig({ env: settings() });
    const { terminationGracePeriodSeconds: graceS, containers } = pod().spec;
    const [program, waitS] = containers[0].lifecycle.preStop.exec.command;
    expect(program).to.equal('sleep');
    expect(Number(waitS) + (config.drainTimeoutMs + config.killTimeoutMs) / 1_000).to.be.below(graceS);
  });

  it('run as they say: one worker, probes that answer, and requests under way finished within the grace period', async function () {
    this.timeout(40_000);
    const { containers, terminationGracePeriodSeconds: graceS } = pod().spec;
    const [container] = containers;
    const managementPort = await freePort();
    // The settings of the pod; other pods' addresses and directories are this machine's.
    const { PORT: _port, TIDEGATE_RUNTIME_DIR: _directory, ...env } = settings();
    const runtime = await Runtime.start(fixture('slow.cjs'), {
      env: {
        ...env,
        MANAGEMENT_HOST: '127.0.0.1',
        MANAGEMENT_PORT: String(managementPort),
        MANAGEMENT_TOKENS: TOKEN,
        SERVER_ID: 'tidegate-7d9f',
        SERVER_HOST: '127.0.0.1',
      },
    });
    try {
      const ask = async (path: string, token = ''): Promise<Response> =>
        fetch(`http://127.0.0.1:${managementPort}${path}`, {
          headers: token ? { authorization: `Bearer ${token}` } : {},
        });
      for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
        expect((await ask(probe.httpGet.path)).status, probe.httpGet.path).to.equal(200);
      }
      const status = (await (await ask('/cluster/status', TOKEN.split(':')[1])).json()) as ClusterStatus;
      expect(status.workers).to.have.length(1);
      expect((await ask('/cluster/status')).status).to.equal(401);

      const slow = fetch(`${runtime.url}/sleep?ms=4000`);
      await until('the request is under way', async () => {
        const page = await (await ask('/metrics')).text();
        return /^tidegate_http_requests_in_flight\{worker="0"\} 1$/m.test(page);
      });
      runtime.process.kill('SIGTERM');
      await until(
        'the pod is taken out',
        async () => (await ask(container.readinessProbe.httpGet.path)).status === 503,
      );
      expect((await slow).status).to.equal(200);
      const outcome = await Promise.race([
        runtime.exited,
        new Promise((resolve) => setTimeout(resolve, graceS * 1_000, 'killed').unref()),
      ]);
      expect(outcome).to.deep.equal({ code: 0, signal: null });
    } finally {
      await runtime.kill();
    }
  });
});
