// Lists the kinds that create pods or Jobs.
import type { ObjectView } from './object-view.ts'

export const CONTROLLERS = ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'] as const
export type ControllerKind = (typeof CONTROLLERS)[number]
export type Controller = { [K in ControllerKind]: Pick<ObjectView<K>, 'kind' | 'raw'> }[ControllerKind]
