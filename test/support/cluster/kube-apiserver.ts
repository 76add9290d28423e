// Paths of etcd, kube-apiserver and kubectl in; out comes a real Kubernetes API on loopback: RBAC, admission with Pod Security
// as clusters have it, and tokens to come in by. There is no controller, no scheduler and no kubelet: pods stay Pending, and
// what a controller would do, the test does.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Program } from '../../parts/parts.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../collector/loopback-certificate.ts'
import { freePorts } from '../programs/free-ports.ts'
import type { PartProcess } from '../programs/part-process.ts'
import { startPart } from '../programs/part-process.ts'

export interface KubeApiServerOptions {
  readonly parts: Readonly<Record<'etcd' | 'kube-apiserver', string> & Partial<Record<Program, string>>>
  /** Users besides the administrator, each with the groups it is in. Nothing is bound to them. */
  readonly users?: Readonly<Record<string, readonly string[]>>
}

export interface KubeApiServer {
  /** `https://127.0.0.1:…` */
  readonly url: string
  /** PEM file of the authority that its certificate is of. */
  readonly caFile: string
  /** Of the administrator, who may do everything. */
  readonly token: string
  /** File for `--kubeconfig`, or for `KubeConfig.loadFromFile`: the administrator's. */
  readonly kubeconfig: string
  /** The token of one of `users`. */
  userToken(user: string): string
  /** A file like `kubeconfig` for whoever has this token. */
  kubeconfigFor(token: string): string
  /** Runs the kubectl that was built with it; its stdout. Throws with its stderr, which also has every warning. */
  kubectl(args: readonly string[], run?: { readonly input?: string; readonly kubeconfig?: string }): string
  /** Kills the API server, as a crash does; etcd stays. */
  crash(): Promise<void>
  /** The API server again, on the same port and data. */
  restart(): Promise<void>
  /** Makes etcd forget all versions but the newest, as time does. */
  compact(): Promise<void>
  /** What both programs have printed. */
  log(): string
  /** Ends both and removes what they wrote. */
  stop(): Promise<void>
}

const ADMIN = 'administrator'

/**
 * Starts it, within about five seconds.
 *
 * @example
 * const cluster = await startKubeApiServer({ parts: inject('parts') })
 * afterAll(() => cluster.stop())
 */
export async function startKubeApiServer({ parts, users = {} }: KubeApiServerOptions): Promise<KubeApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-kubernetes-'))
  const file = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const caFile = file('ca.pem', LOOPBACK_CERTIFICATE)
  const keyFile = file('key.pem', LOOPBACK_KEY)
  const groups = new Map([[ADMIN, ['system:masters']], ...Object.entries(users)])
  const tokens = new Map([...groups.keys()].map((user) => [user, crypto.randomUUID()]))
  const rows = [...groups].map(([user, of]) => `${tokens.get(user)},${user},${user},"${of.join()}"`)
  const tokenFile = file('tokens.csv', `${rows.join('\n')}\n`)
  const [etcdPort, peerPort, port] = await freePorts(3)
  const etcdUrl = `http://127.0.0.1:${etcdPort}`
  const peerUrl = `http://127.0.0.1:${peerPort}`
  const url = `https://127.0.0.1:${port}`
  const running: PartProcess[] = []
  const stop = async () => {
    for (const part of running.toReversed()) await part.stop()
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    running.push(
      await startPart({
        name: 'etcd',
        path: parts.etcd,
        logFile: join(folder, 'etcd.log'),
        args: [
          `--data-dir=${join(folder, 'etcd')}`,
          `--listen-client-urls=${etcdUrl}`,
          `--advertise-client-urls=${etcdUrl}`,
          `--listen-peer-urls=${peerUrl}`,
          `--initial-advertise-peer-urls=${peerUrl}`,
          `--initial-cluster=default=${peerUrl}`,
          // What a test loses in a power cut, it makes again.
          '--unsafe-no-fsync',
        ],
        readyUrl: `${etcdUrl}/readyz`,
      }),
    )
    running.push(
      await startPart({
        name: 'kube-apiserver',
        path: parts['kube-apiserver'],
        logFile: join(folder, 'kube-apiserver.log'),
        args: [
          `--etcd-servers=${etcdUrl}`,
          '--bind-address=127.0.0.1',
          '--advertise-address=127.0.0.1',
          '--endpoint-reconciler-type=none',
          `--secure-port=${port}`,
          `--tls-cert-file=${caFile}`,
          `--tls-private-key-file=${keyFile}`,
          '--service-cluster-ip-range=10.0.0.0/24',
          '--service-account-issuer=https://kubernetes.default.svc',
          // Who verifies wants the public key: it is in the certificate.
          `--service-account-key-file=${caFile}`,
          `--service-account-signing-key-file=${keyFile}`,
          `--token-auth-file=${tokenFile}`,
          '--authorization-mode=RBAC',
          '--allow-privileged=true',
          // It waits for the controller that gives each namespace its `default` account. Pod Security is on as it is everywhere.
          '--disable-admission-plugins=ServiceAccount',
        ],
        readyUrl: `${url}/readyz`,
        answers: answersOverTls,
      }),
    )
  } catch (error) {
    await stop()
    throw error
  }

  let written = 0
  const kubeconfigFor = (token: string) => {
    written += 1
    return file(`kubeconfig-${written}.json`, JSON.stringify(kubeconfigOf({ url, caFile, token })))
  }
  const userToken = (user: string) => {
    const found = tokens.get(user)
    if (found === undefined) throw new Error(`${user} is none of the users: ${[...tokens.keys()].join(', ')}`)
    return found
  }
  const token = userToken(ADMIN)
  const kubeconfig = kubeconfigFor(token)

  return {
    url,
    caFile,
    token,
    kubeconfig,
    userToken,
    kubeconfigFor,
    kubectl(args, run = {}) {
      if (parts.kubectl === undefined) throw new Error('kubectl was not asked for')
      return runKubectl(parts.kubectl, ['--kubeconfig', run.kubeconfig ?? kubeconfig, ...args], folder, run.input)
    },
    crash: async () => running.at(-1)?.crash(),
    restart: async () => running.at(-1)?.restart(),
    async compact() {
      const ask = async (path: string, body: object) => {
        const response = await fetch(`${etcdUrl}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) })
        if (!response.ok) throw new Error(`etcd answers ${response.status}: ${await response.text()}`)
        return (await response.json()) as { header: { revision: string } }
      }
      const { header } = await ask('range', { key: btoa('a') })
      await ask('compaction', { revision: header.revision, physical: true })
    },
    log: () => running.map((part) => part.log()).join('\n'),
    stop,
  }
}

/** Its discovery cache goes where everything else goes: nothing of the user's is read or written. */
function runKubectl(path: string, args: readonly string[], home: string, input = ''): string {
  try {
    const options = { encoding: 'utf8', input, env: { HOME: home }, timeout: 60_000, maxBuffer: 64 << 20 } as const
    return execFileSync(path, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    throw new Error(`kubectl ${args.slice(2).join(' ')}: ${stderr || message}`)
  }
}

function kubeconfigOf({ url, caFile, token }: { url: string; caFile: string; token: string }): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'loopback', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: 'user', user: { token } }],
    contexts: [{ name: 'loopback', context: { cluster: 'loopback', user: 'user' } }],
    'current-context': 'loopback',
  }
}

function answersOverTls(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(url, { ca: LOOPBACK_CERTIFICATE, agent: false, timeout: 1_000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.end()
  })
}
