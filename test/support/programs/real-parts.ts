// Paths of the real programs in, each of them started on free ports of loopback out, with the configuration files that people
// use: one folder for all that they write, everything ended and removed together.
import type { Program } from '../../parts/parts.ts'
import type { AlertReceivers } from '../alertmanager/alert-receivers.ts'
import { alertmanagerFor } from '../alertmanager/alertmanager-for.ts'
import { collectorParts } from '../collector/collector-parts.ts'
import { prometheusParts } from '../prometheus/prometheus-parts.ts'
import type { PartProcess } from './part-process.ts'
import type { PartsOptions } from './parts-folder.ts'
import { openPartsFolder } from './parts-folder.ts'

export interface RunningJaeger extends PartProcess {
  readonly url: string
  readonly grpc: string
}

export type RealParts = ReturnType<typeof openParts>

export function openParts(paths: Readonly<Partial<Record<Program, string>>>, options: PartsOptions = {}) {
  const opened = openPartsFolder(paths, options)
  const { folder, running, close, place, ports, start } = opened
  return {
    folder,
    running,
    close,
    ...prometheusParts(opened),
    ...collectorParts(opened),

    /** otel/jaeger.yaml */
    async jaeger(): Promise<RunningJaeger> {
      const at = place('jaeger')
      const [grpc, query, queryGrpc, health] = await ports([4337, 16686, 16685, 13135])
      const part = await start('jaeger', at, {
        args: ['--config', 'otel/jaeger.yaml'],
        env: {
          JAEGER_GRPC: `127.0.0.1:${grpc}`,
          JAEGER_QUERY: `127.0.0.1:${query}`,
          JAEGER_QUERY_GRPC: `127.0.0.1:${queryGrpc}`,
          JAEGER_HEALTH: `127.0.0.1:${health}`,
        },
        readyUrl: `http://127.0.0.1:${health}/status`,
      })
      return { ...part, url: `http://127.0.0.1:${query}`, grpc: `127.0.0.1:${grpc}` }
    },

    /** alerts/alertmanager-local.yml; with receivers alerts/alertmanager.yml, which then tells them instead. */
    async alertmanager(
      receivers?: AlertReceivers,
    ): Promise<PartProcess & { readonly url: string; readonly address: string }> {
      const at = place('alertmanager')
      const [port] = await ports([9093])
      const address = `127.0.0.1:${port}`
      const config = receivers === undefined ? 'alerts/alertmanager-local.yml' : alertmanagerFor(receivers, at.inside)
      const part = await start('alertmanager', at, {
        args: [
          `--config.file=${config}`,
          `--storage.path=${at.inside}`,
          `--web.listen-address=${address}`,
          '--cluster.listen-address=',
        ],
        readyUrl: `http://${address}/-/ready`,
      })
      return { ...part, url: `http://${address}`, address }
    },
  }
}
