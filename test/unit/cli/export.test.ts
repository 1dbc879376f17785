import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { runCli } from './cli-run.ts';

describe('tidegate export', () => {
  let directory: string;

  beforeEach(() => {
    directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'tidegate-export-')));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  const rule = {
    windowMs: 10_000,
    operator: 'gte',
    action: 'scale-up',
    scaleAmount: 1,
    cooldownPeriod: 30_000,
    priority: 1,
  };

  function exported(kind: string, rules: readonly object[], ...args: readonly string[]) {
    const file = path.join(directory, 'rules.json');
    writeFileSync(file, JSON.stringify({ rules }));
    const env = {
      SCALING_RULES_FILE: file,
      MIN_INSTANCES: '2',
      MAX_INSTANCES: '9',
      SCALE_DOWN_STABILIZATION_MS: '60000',
    };
    return runCli(['export', kind, ...args], directory, env);
  }

  it('writes a HorizontalPodAutoscaler: targets for scale-up thresholds, the pace, and what is lost', async () => {
    const rules = [
      { ...rule, name: 'elu-high', metric: 'elu', threshold: 75 },
      { ...rule, name: 'cpu-high', metric: 'cpu', threshold: 80 },
      { ...rule, name: 'slow', metric: 'responseTime', threshold: 500 },
    ];
    const { code, stdout } = await exported('hpa', rules, '--name', 'shop');
    expect(code).to.equal(0);
    expect(stdout).to.contain(
      '# - slow: a response time does not fall in proportion to the workers, so tracking it would not settle\n',
    );
    const manifest = stdout.split('\n').filter((line) => !line.trimStart().startsWith('#'));
    expect(manifest.join('\n')).to.equal(`apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: shop
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: shop
  minReplicas: 2
  maxReplicas: 9
  metrics:
    - type: Pods
      pods:
        metric:
          name: tidegate_worker_elu
        target:
          type: AverageValue
          averageValue: 750m
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 80
  behavior:
    scaleDown:
      stabilizationWindowSeconds: 60
      policies:
        - type: Percent
          value: 34
          periodSeconds: 5
    scaleUp:
      stabilizationWindowSeconds: 0
      policies:
        - type: Percent
          value: 100
          periodSeconds: 15
`);
  });

  it('writes a KEDA ScaledObject that asks Prometheus', async () => {
    const rules = [{ ...rule, name: 'busy', metric: 'inFlight', threshold: 12 }];
    const { code, stdout } = await exported('keda', rules, '--prometheus', 'http://metrics:9090');
    expect(code).to.equal(0);
    expect(stdout).to.contain(`kind: ScaledObject`);
    expect(stdout).to.contain(
      `    # from busy
    - type: prometheus
      # the query gives the total of all pods; the threshold is what each may have
      metricType: AverageValue
      metadata:
        serverAddress: "http://metrics:9090"
        query: sum(tidegate_http_requests_in_flight)
        threshold: "12"
`.replace('query: sum(tidegate_http_requests_in_flight)', 'query: "sum(tidegate_http_requests_in_flight)"'),
    );
  });

  it('takes the lowest of several thresholds of one metric, and a target as it is', async () => {
    const rules = [
      { ...rule, name: 'high', metric: 'elu', threshold: 80 },
      { ...rule, name: 'higher', metric: 'elu', threshold: 90 },
      {
        name: 'near',
        type: 'target',
        metric: 'requestRate',
        windowMs: 10_000,
        target: 40,
        cooldownPeriod: 1_000,
        priority: 1,
      },
    ];
    const { stdout } = await exported('hpa', rules);
    expect(stdout).to.match(/# from high, higher\n.*- type: Pods/);
    expect(stdout).to.contain('averageValue: 800m').and.to.contain('averageValue: "40"');
    expect(stdout).to.contain('name: tidegate_http_requests_per_second');
  });

  it('says so when nothing can be expressed, and refuses other kinds', async () => {
    const lost = await exported('hpa', [{ ...rule, name: 'slow', metric: 'responseTime', threshold: 500 }]);
    expect(lost).to.deep.include({ code: 1, stdout: '' });
    expect(lost.stderr).to.match(/^No rule can be expressed as a HorizontalPodAutoscaler: slow: a response time/);
    const other = await runCli(['export', 'nomad'], directory);
    expect(other.code).to.equal(2);
    expect(other.stderr).to.match(/Unknown command 'nomad'/);
  });
});
