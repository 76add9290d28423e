// Defines the default simulated cluster: a small shop, mostly healthy, with about ten different problems.
import type { Scenario } from '../scenario.ts'
import {
  configMap,
  cronJob,
  daemonSet,
  deployment,
  disruptionBudget,
  job,
  namespace,
  node,
  secret,
  service,
  statefulSet,
} from './manifests.ts'

const REGISTRY = 'registry.shop.example'
const image = (name: string) => `${REGISTRY}/${name}`

const SECRET_ENV = (name: string, key: string) => ({ name: key, valueFrom: { secretKeyRef: { name, key } } })
const CONFIG_ENV = (name: string, key: string) => ({ name: key, valueFrom: { configMapKeyRef: { name, key } } })

const WEB = { image: image('web:3.2.1'), replicas: 3, port: 8080, readiness: '/healthz', memory: '256Mi' }
const CART = {
  image: image('cart:2.4.0'),
  replicas: 2,
  port: 8080,
  env: [SECRET_ENV('cart-database', 'DATABASE_URL'), { name: 'LOG_LEVEL', value: 'info' }],
}
const SEARCH = { image: image('search:1.9.0'), port: 9200, memory: '512Mi' }
const CHECKOUT_API = { image: image('payment-api:5.0.3'), replicas: 2, port: 8443, readiness: '/ready' }

const READY_LINES = ['listening on :8080', 'GET /healthz 200 1ms', 'GET /products 200 14ms', 'GET /cart 200 9ms']

export const SHOP: Scenario = {
  storageClasses: ['standard'],
  programs: {
    [image('web:3.2.1')]: { memory: 90, log: READY_LINES },
    [image('cart:2.4.0')]: { memory: 60, log: READY_LINES },
    [image('cart:2.5.0')]: {
      memory: 60,
      exits: { code: 1, afterSeconds: 3 },
      lastWords: [
        'cart 2.5.0 starting',
        'migrating schema from 41 to 42',
        'fatal: migration 42 failed: column "currency" does not exist',
      ],
    },
    [image('search:1.9.0')]: { memory: 300, log: ['index opened, 48213 documents', 'query took 12ms'] },
    [image('recommendations:0.8.0')]: {
      memory: 180,
      log: ['loading model into memory'],
      lastWords: ['loading model into memory'],
    },
    [image('payment-api:5.0.3')]: { memory: 80, log: ['serving on :8443', 'POST /charges 201 45ms'] },
    [image('fraud-check:1.1.0')]: {
      memory: 70,
      unready: 'HTTP probe failed with statuscode: 503',
      log: ['GET /ready 503', 'rules service at http://rules.payments:8080 answers 404', 'retrying in 5s'],
    },
    [image('ledger:2.0.0')]: { memory: 50 },
    [image('postgres:17.2')]: {
      memory: 200,
      log: ['database system is ready to accept connections', 'checkpoint complete'],
    },
    [image('kafka:4.0.0')]: { memory: 400 },
    [image('session-cache:7.4')]: {
      memory: 60,
      peak: { memory: 400, afterSeconds: 5_400 },
      log: ['ready to accept connections'],
    },
    [image('report:1.3.0')]: {
      exits: { code: 2, afterSeconds: 20 },
      lastWords: ['building report for yesterday', 'error: no sales data for region eu-south', 'giving up'],
    },
    [image('cleanup:1.0.0')]: {
      exits: { code: 0, afterSeconds: 15 },
      lastWords: ['removed 312 expired sessions', 'done'],
    },
    [image('trainer:0.2.0')]: { memory: 900 },
    [image('node-exporter:1.9.0')]: { memory: 20, log: ['Listening on [::]:9100'] },
    [image('grafana:12.0.0')]: { memory: 120, log: ['HTTP Server Listen address=[::]:3000'] },
    [image('coredns:1.12.0')]: { memory: 30, log: ['.:53', 'CoreDNS-1.12.0'] },
  },
  steps: [
    {
      ago: '30d',
      apply: [
        ...['default', 'kube-system', 'shop', 'payments', 'data', 'batch', 'monitoring'].map(namespace),
        node('node-a', 'zone-1'),
        node('node-b', 'zone-2'),
        node('node-c', 'zone-3'),
        deployment('kube-system', 'coredns', { image: image('coredns:1.12.0'), replicas: 2, memory: '70Mi' }),
        service('kube-system', 'kube-dns', { app: 'coredns' }, 53),
        daemonSet('monitoring', 'node-exporter', { image: image('node-exporter:1.9.0'), memory: '64Mi' }),
        deployment('monitoring', 'grafana', { image: image('grafana:12.0.0'), memory: '256Mi', port: 3000 }),
        service('monitoring', 'grafana', { app: 'grafana' }, 3000),
      ],
    },
    {
      ago: '12d',
      apply: [
        secret('shop', 'cart-database', { DATABASE_URL: 'postgres://cart:example-only@postgres.data:5432/cart' }),
        secret('payments', 'card-provider', { API_KEY: 'example-only-card-provider-key' }),
        configMap('payments', 'ledger', { LEDGER_CURRENCY: 'EUR' }),
        configMap('shop', 'features', { 'features.json': '{"recommendations":true}' }),
        deployment('shop', 'web', WEB),
        service('shop', 'web', { app: 'web' }),
        deployment('shop', 'cart', CART),
        service('shop', 'cart', { app: 'cart' }),
        deployment('shop', 'search', SEARCH),
        service('shop', 'search', { app: 'search' }, 9200),
        deployment('payments', 'payment-api', { ...CHECKOUT_API, env: [SECRET_ENV('card-provider', 'API_KEY')] }),
        disruptionBudget('payments', 'payment-api', 1),
        service('payments', 'payment-api', { app: 'payment-api' }, 8443),
        statefulSet('data', 'postgres', { image: image('postgres:17.2'), memory: '512Mi', port: 5432 }, 'standard'),
        service('data', 'postgres', { app: 'postgres' }, 5432),
      ],
    },
    // The session cache outgrew its limit once, and has been well since.
    {
      ago: '2h',
      apply: [deployment('data', 'session-cache', { image: image('session-cache:7.4'), memory: '128Mi', port: 6379 })],
    },
    // A model that got bigger than the memory it is given.
    {
      ago: '95m',
      apply: [deployment('shop', 'recommendations', { image: image('recommendations:0.8.0'), memory: '64Mi' })],
    },
    // A release that crashes; the one before is still there to go back to.
    { ago: '50m', apply: [deployment('shop', 'cart', { ...CART, image: image('cart:2.5.0') })] },
    // A release whose tag was never pushed.
    { ago: '45m', apply: [deployment('shop', 'search', { ...SEARCH, image: image('search:1.9.1') })] },
    {
      ago: '40m',
      apply: [
        // It waits for a service that answers 404, and says so in its probe.
        deployment('payments', 'fraud-check', { image: image('fraud-check:1.1.0'), port: 8080, readiness: '/ready' }),
        // Its configuration lacks a key.
        deployment('payments', 'ledger', {
          image: image('ledger:2.0.0'),
          env: [CONFIG_ENV('ledger', 'LEDGER_CURRENCY'), CONFIG_ENV('ledger', 'LEDGER_REGION')],
        }),
        // Its claim asks for a storage class that nobody provides.
        statefulSet('data', 'kafka', { image: image('kafka:4.0.0'), memory: '1Gi', port: 9092 }, 'fast-ssd'),
        // No node is that big.
        deployment('batch', 'trainer', { image: image('trainer:0.2.0'), cpu: '64', memory: '2Gi' }),
        // A service whose selector fits no pod any more.
        service('shop', 'legacy-api', { app: 'legacy-api' }),
      ],
    },
    { ago: '35m', apply: [job('batch', 'daily-report', { image: image('report:1.3.0') })] },
    { ago: '25m', apply: [cronJob('batch', 'cleanup', '*/30 * * * *', { image: image('cleanup:1.0.0') })] },
    {
      ago: '20m',
      evict: {
        namespace: 'monitoring',
        app: 'grafana',
        message:
          'The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 8Gi. Container grafana was using 31Gi, request is 0, has larger consumption of ephemeral-storage. ',
      },
    },
  ],
}
