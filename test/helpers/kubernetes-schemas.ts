/** The fields of Kubernetes' API that the manifests use, by kind. Strict: a field that is not written down here is a mistake. */
import { z } from 'zod';

const labels = z.record(z.string().regex(/^([a-z0-9.-]+\/)?[A-Za-z0-9._-]{1,63}$/), z.string().max(63));
const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const metadata = z.strictObject({ name, namespace: name.optional(), labels: labels.optional() });
const selector = z.strictObject({ matchLabels: labels });
const portName = z.string().regex(/^[a-z0-9-]{1,15}$/);
const portNumber = z.int().min(1).max(65_535);
const port = z.union([portName, portNumber]);
const quantity = z.string().regex(/^\d+(m|Ki|Mi|Gi)?$/);
const seconds = z.int().min(0);

const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string().startsWith('/'), port }),
  periodSeconds: seconds,
  timeoutSeconds: seconds.optional(),
  failureThreshold: z.int().min(1),
});

const container = z.strictObject({
  name,
  image: z.string(),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
  envFrom: z.array(z.strictObject({ configMapRef: z.strictObject({ name }) })),
  env: z.array(
    z.strictObject({
      name: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
      valueFrom: z.union([
        z.strictObject({ secretKeyRef: z.strictObject({ name, key: z.string() }) }),
        z.strictObject({ fieldRef: z.strictObject({ fieldPath: z.enum(['metadata.name', 'status.podIP']) }) }),
      ]),
    }),
  ),
  ports: z.array(z.strictObject({ name: portName, containerPort: portNumber })),
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
  lifecycle: z.strictObject({
    preStop: z.strictObject({ exec: z.strictObject({ command: z.array(z.string()).min(1) }) }),
  }),
  resources: z.strictObject({
    requests: z.record(z.enum(['cpu', 'memory']), quantity),
    limits: z.strictObject({ memory: quantity }),
  }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  volumeMounts: z.array(z.strictObject({ name, mountPath: z.string().startsWith('/') })),
});

export const deployment = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata,
  spec: z.strictObject({
    revisionHistoryLimit: z.int(),
    selector,
    strategy: z.strictObject({
      type: z.literal('RollingUpdate'),
      rollingUpdate: z.strictObject({ maxUnavailable: z.literal(0), maxSurge: z.string().regex(/^\d+%$/) }),
    }),
    template: z.strictObject({
      metadata: z.strictObject({ labels }),
      spec: z.strictObject({
        serviceAccountName: name,
        automountServiceAccountToken: z.literal(false),
        terminationGracePeriodSeconds: seconds,
        securityContext: z.strictObject({
          runAsNonRoot: z.literal(true),
          runAsUser: z.int().min(1),
          runAsGroup: z.int().min(1),
          fsGroup: z.int().min(1),
          seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
        }),
        topologySpreadConstraints: z.array(
          z.strictObject({
            maxSkew: z.int().min(1),
            topologyKey: z.string(),
            whenUnsatisfiable: z.enum(['ScheduleAnyway', 'DoNotSchedule']),
            labelSelector: selector,
          }),
        ),
        containers: z.tuple([container]),
        volumes: z.array(
          z.strictObject({
            name,
            emptyDir: z.strictObject({ medium: z.literal('Memory').optional(), sizeLimit: quantity }),
          }),
        ),
      }),
    }),
  }),
});

const service = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Service'),
  metadata,
  spec: z.strictObject({
    clusterIP: z.literal('None').optional(),
    selector: labels,
    ports: z.array(z.strictObject({ name: portName, port: portNumber, targetPort: port })),
  }),
});

const disruptionBudget = z.strictObject({
  apiVersion: z.literal('policy/v1'),
  kind: z.literal('PodDisruptionBudget'),
  metadata,
  spec: z.strictObject({
    maxUnavailable: z.int().min(1),
    unhealthyPodEvictionPolicy: z.enum(['AlwaysAllow', 'IfHealthyBudget']),
    selector,
  }),
});

const peer = z.union([
  z.strictObject({ namespaceSelector: selector }),
  z.strictObject({ podSelector: z.strictObject({}) }),
]);
const policyPort = z.strictObject({ port, protocol: z.enum(['TCP', 'UDP']).optional() });

const networkPolicy = z.strictObject({
  apiVersion: z.literal('networking.k8s.io/v1'),
  kind: z.literal('NetworkPolicy'),
  metadata,
  spec: z.strictObject({
    podSelector: selector,
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])),
    ingress: z.array(z.strictObject({ from: z.array(peer), ports: z.array(policyPort) })),
    egress: z.array(z.strictObject({ to: z.array(peer).optional(), ports: z.array(policyPort) })),
  }),
});

const scalingRules = z.strictObject({
  stabilizationWindowSeconds: z.int().min(0).max(3_600),
  policies: z.array(
    z.strictObject({
      type: z.enum(['Percent', 'Pods']),
      value: z.int().min(1),
      periodSeconds: z.int().min(1).max(1_800),
    }),
  ),
});
const behavior = z.strictObject({ scaleUp: scalingRules, scaleDown: scalingRules });

const podAutoscaler = z.strictObject({
  apiVersion: z.literal('autoscaling/v2'),
  kind: z.literal('HorizontalPodAutoscaler'),
  metadata,
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({ apiVersion: z.literal('apps/v1'), kind: z.literal('Deployment'), name }),
    minReplicas: z.int().min(1),
    maxReplicas: z.int().min(1),
    metrics: z.array(
      z.strictObject({
        type: z.literal('Pods'),
        pods: z.strictObject({
          metric: z.strictObject({ name: z.string() }),
          target: z.strictObject({ type: z.literal('AverageValue'), averageValue: quantity }),
        }),
      }),
    ),
    behavior,
  }),
});

const scaledObject = z.strictObject({
  apiVersion: z.literal('keda.sh/v1alpha1'),
  kind: z.literal('ScaledObject'),
  metadata,
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({ name }),
    minReplicaCount: z.int().min(0),
    maxReplicaCount: z.int().min(1),
    pollingInterval: z.int().min(1),
    fallback: z.strictObject({ failureThreshold: z.int().min(1), replicas: z.int().min(1) }),
    advanced: z.strictObject({ horizontalPodAutoscalerConfig: z.strictObject({ behavior }) }),
    triggers: z.array(
      z.strictObject({
        type: z.literal('prometheus'),
        metricType: z.literal('AverageValue'),
        metadata: z.strictObject({
          serverAddress: z.url(),
          query: z.string(),
          threshold: z.string().regex(/^[\d.]+$/),
        }),
      }),
    ),
  }),
});

const serviceMonitor = z.strictObject({
  apiVersion: z.literal('monitoring.coreos.com/v1'),
  kind: z.literal('ServiceMonitor'),
  metadata,
  spec: z.strictObject({
    selector,
    jobLabel: z.string(),
    endpoints: z.array(
      z.strictObject({ port: portName, path: z.string().startsWith('/'), interval: z.string().regex(/^\d+s$/) }),
    ),
  }),
});

const namespace = z.strictObject({ apiVersion: z.literal('v1'), kind: z.literal('Namespace'), metadata });
const configMap = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ConfigMap'),
  metadata,
  data: z.record(z.string(), z.string()),
});
const serviceAccount = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ServiceAccount'),
  metadata,
  automountServiceAccountToken: z.literal(false),
});

/** Any object of the manifests. */
export const manifest = z.discriminatedUnion('kind', [
  namespace,
  configMap,
  serviceAccount,
  deployment,
  service,
  disruptionBudget,
  networkPolicy,
  podAutoscaler,
  scaledObject,
  serviceMonitor,
]);
export type Manifest = z.infer<typeof manifest>;
export type ManifestOf<K extends Manifest['kind']> = Extract<Manifest, { readonly kind: K }>;
