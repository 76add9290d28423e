// Connects to the configured cluster. All clusters use the same HTTP client; only the source of the address and the
// credentials differs.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { ConfigError } from 'mcp-vitals'
import { SHOP } from '../simulated/scenarios/shop.ts'
import { startSimulatedCluster } from '../simulated/simulated-cluster.ts'
import type { ClusterApi } from './cluster-api.ts'
import { createClusterApi } from './cluster-api.ts'

export interface ClusterChoice {
  readonly cluster: 'simulated' | 'kubeconfig' | 'in-cluster'
  /** Empty: the files that `KUBECONFIG` names, else `~/.kube/config`. */
  readonly kubeconfig: string
  /** Empty: the current one. */
  readonly context: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface Cluster {
  readonly api: ClusterApi
  /** For people, such as `simulated` or the name of the context. */
  readonly name: string
  stop(): Promise<void>
}

/** @throws {ConfigError} if there is no such kubeconfig, context or service account. */
export async function connectCluster(choice: ClusterChoice): Promise<Cluster> {
  if (choice.cluster === 'simulated') {
    const simulated = await startSimulatedCluster({ scenario: SHOP })
    const api = createClusterApi(simulated.kubeConfig)
    return {
      api,
      name: 'simulated',
      async stop() {
        await api.close()
        await simulated.stop()
      },
    }
  }
  const config = choice.cluster === 'in-cluster' ? inCluster(choice) : fromFile(choice)
  const server = config.getCurrentCluster()?.server
  if (server === undefined || !URL.canParse(server)) {
    throw new ConfigError([`--cluster: the context "${config.getCurrentContext()}" has no cluster with an address`])
  }
  const api = createClusterApi(config)
  return { api, name: config.getCurrentContext(), stop: () => api.close() }
}

function inCluster({ environment }: ClusterChoice): KubeConfig {
  const config = new KubeConfig()
  if (!environment['KUBERNETES_SERVICE_HOST']) {
    throw new ConfigError([
      '--cluster: in-cluster requires a pod with a service account (KUBERNETES_SERVICE_HOST is not set)',
    ])
  }
  config.loadFromCluster()
  return config
}

function fromFile({ kubeconfig, context, environment }: ClusterChoice): KubeConfig {
  const files = kubeconfig === '' ? filesOf(environment) : [kubeconfig]
  const missing = files.filter((file) => !existsSync(file))
  if (files.length === 0 || missing.length > 0) {
    throw new ConfigError([`--kubeconfig: file not found: ${missing.join(', ') || '~/.kube/config'}`])
  }
  const config = new KubeConfig()
  for (const file of files) {
    const one = new KubeConfig()
    try {
      one.loadFromFile(file)
      // The first file's context is the current one, as kubectl has it.
      config.mergeConfig(one, config.getContexts().length > 0)
    } catch {
      // The file may contain credentials, so the reason is not quoted.
      throw new ConfigError([`--kubeconfig: the file ${file} is not a kubeconfig, or repeats a name from another file`])
    }
  }
  if (context !== '') config.setCurrentContext(context)
  const current = config.getCurrentContext()
  if (config.getContextObject(current) === null) {
    const names = config.getContexts().map(({ name }) => name)
    throw new ConfigError([`--context: unknown context "${current}" (known: ${names.join(', ') || 'none'})`])
  }
  return config
}

function filesOf({ KUBECONFIG = '', HOME }: ClusterChoice['environment']): string[] {
  const named = KUBECONFIG.split(delimiter).filter((file) => file !== '' && existsSync(file))
  if (KUBECONFIG !== '') return named
  const file = join(HOME || homedir(), '.kube', 'config')
  return existsSync(file) ? [file] : []
}
