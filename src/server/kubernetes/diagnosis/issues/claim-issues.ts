// PersistentVolumeClaims that hold no volume.
import type { EventView } from '../event-view.ts'
import { eventEvidence } from '../event-view.ts'
import { entries, text, time } from '../field.ts'
import type { Evidence } from '../finding.ts'
import { defineIssue } from '../issue-rule.ts'
import type { ObjectView } from '../object-view.ts'
import { conditionOf, isTrue } from '../object-view.ts'
import { eventsOf } from '../pod-view.ts'
import { PROVISIONER_ANNOTATIONS } from '../provisioner-annotations.ts'
import { MINUTE } from './crashing.ts'

/** How long making a volume larger may take. */
const RESIZE = 15 * MINUTE

/** How long a driver may take to notice a claim, and how long it may then work in silence on the volume. */
const NOTICE = 5 * MINUTE
const WORK = 15 * MINUTE

/** What the storage controllers say, and what it means. Several patterns must all match. */
const PENDING_CAUSES: readonly (readonly [RegExp | readonly RegExp[], string])[] = [
  [[/storageclass/i, /" not found/i], 'The storage class that the claim names does not exist.'],
  [
    [/no persistent volumes available/i, /no storage class is set/i],
    'The claim names no storage class, the cluster has no default class, and no existing volume matches.',
  ],
  [/exceeded quota|quota/i, 'A quota of the namespace or of the storage rejects the volume.'],
  [
    /topology|zone|no available topology/i,
    'The storage cannot create a volume in the topology where the pod has to run.',
  ],
  [
    /waiting for a volume to be created/i,
    'The storage driver has not created the volume: it does not run or is not installed.',
  ],
  [/failed to provision volume/i, 'The storage driver failed to create the volume. The evidence contains its message.'],
]

/**
 * What is wrong with a pending claim: what was said last of a failure; or that its driver does not answer. While one is
 * waited for, the controller says so again and again, whether the driver is at work, has failed or is not there.
 */
function troubleOf(claim: ObjectView<'PersistentVolumeClaim'>, now: number): EventView | undefined {
  const [failure] = eventsOf(claim, /^(ProvisioningFailed|FailedBinding)$/)
  if (failure !== undefined) return failure
  if (eventsOf(claim, 'Provisioning').some(({ last }) => now - last < WORK)) return undefined
  const waiting = eventsOf(claim, 'ExternalProvisioning')
  // Not from when the claim was made: one that waits for its first consumer is shown to the driver only then.
  return waiting.some(({ first }) => now - first > NOTICE) ? waiting[0] : undefined
}

/** Asked for, and events of an hour ago are gone: nothing is left of it but the claim itself. */
function isForgotten({ raw, events }: ObjectView<'PersistentVolumeClaim'>, now: number): boolean {
  const created = time(raw.metadata?.creationTimestamp)
  if (created === undefined || now - created <= WORK || events.length > 0) return false
  return entries(raw.metadata?.annotations).some(([key]) => PROVISIONER_ANNOTATIONS.some((name) => name === key))
}

function headline({ raw: { spec, status } }: ObjectView<'PersistentVolumeClaim'>): readonly Evidence[] {
  const storageClass = text(spec?.storageClassName)
  return [
    { field: 'status.phase', value: text(status?.phase) },
    ...(storageClass === '' ? [] : [{ field: 'spec.storageClassName', value: storageClass }]),
  ]
}

/** A resize that has not come to its end for long; the one of a file system waits for a pod that mounts it. */
function pendingResize({ raw: { status } }: ObjectView<'PersistentVolumeClaim'>, now: number): readonly Evidence[] {
  return ['Resizing', 'FileSystemResizePending'].flatMap((type) => {
    const condition = conditionOf(status, type)
    const since = time(condition?.lastTransitionTime)
    if (condition?.status !== 'True' || since === undefined || now - since <= RESIZE) return []
    const path = `status.conditions[type=${type}]`
    return [
      { field: `${path}.status`, value: 'True' },
      { field: `${path}.lastTransitionTime`, value: new Date(since).toISOString() },
    ]
  })
}

export const claimIssues = [
  defineIssue({
    id: 'claim_pending',
    title: 'Claim is not bound to a volume',
    severity: 'critical',
    of: ['PersistentVolumeClaim'],
    detection:
      'A PersistentVolumeClaim is pending, and one of these holds: an event reports that binding or provisioning failed; it has waited for its driver for more than five minutes, and the driver reported no work within the last 15; or the driver was asked more than 15 minutes ago, and no event is left. A claim that waits for its first consumer is not reported.',
    fields: ['status.phase', 'spec.storageClassName', 'metadata.creationTimestamp', 'events[].message'],
    cause: 'No volume matches the claim, and none is provisioned for it.',
    next: {
      tool: 'list_events',
      text: 'Read the events of the claim. Compare its storage class, size and access mode with those that the cluster offers.',
    },
    detect(claim, { now }) {
      if (claim.raw.status?.phase !== 'Pending') return []
      if (isForgotten(claim, now)) {
        const created = new Date(time(claim.raw.metadata?.creationTimestamp) ?? 0).toISOString()
        const cause =
          'A driver was asked for a volume more than 15 minutes ago and has not made one: it does not run, or is not installed.'
        return [{ evidence: [...headline(claim), { field: 'metadata.creationTimestamp', value: created }], cause }]
      }
      const trouble = troubleOf(claim, now)
      if (trouble === undefined) return []
      const cause = PENDING_CAUSES.find(([patterns]) =>
        [patterns].flat().every((pattern) => pattern.test(trouble.message)),
      )?.[1]
      return [
        {
          evidence: [...headline(claim), eventEvidence(trouble, { quote: true })],
          ...(cause !== undefined && { cause }),
        },
      ]
    },
  }),
  defineIssue({
    id: 'claim_lost',
    title: 'Volume of a claim is lost',
    severity: 'critical',
    of: ['PersistentVolumeClaim'],
    detection: 'The phase of a PersistentVolumeClaim is Lost.',
    fields: ['status.phase', 'spec.storageClassName', 'spec.volumeName'],
    cause: 'The volume that the claim was bound to no longer exists. Its data may be lost.',
    next: { tool: 'list_events', text: 'Look for the volume in the storage system before you create a new one.' },
    detect(claim) {
      if (claim.raw.status?.phase !== 'Lost') return []
      const volume = text(claim.raw.spec?.volumeName)
      return [
        { evidence: [...headline(claim), ...(volume === '' ? [] : [{ field: 'spec.volumeName', value: volume }])] },
      ]
    },
  }),
  defineIssue({
    id: 'claim_resize_failed',
    title: 'Volume cannot be expanded',
    severity: 'warning',
    of: ['PersistentVolumeClaim'],
    detection:
      'A claim has the condition ControllerResizeError or NodeResizeError, or an event VolumeResizeFailed while it is being resized; or a resize has been pending for more than 15 minutes, or is infeasible or has failed by its allocatedResourceStatuses.',
    fields: [
      'status.allocatedResourceStatuses[]',
      'status.conditions[].status',
      'status.conditions[].lastTransitionTime',
      'status.conditions[].message',
      'events[].message',
      'status.phase',
      'spec.storageClassName',
    ],
    cause: 'The claim requests more storage than its volume has, and the storage system does not expand it.',
    next: {
      tool: 'list_events',
      text: 'Check whether the storage class allows expansion, and read the message of the driver.',
    },
    detect(claim, { now }) {
      const { status } = claim.raw
      const errors = ['ControllerResizeError', 'NodeResizeError'].flatMap((type): Evidence[] => {
        const condition = conditionOf(status, type)
        if (condition?.status !== 'True') return []
        return [{ field: `status.conditions[type=${type}].message`, value: text(condition.message) }]
      })
      const resizing = isTrue(status, 'Resizing')
      const event = resizing ? claim.events.find(({ reason }) => reason === 'VolumeResizeFailed') : undefined
      const refused = entries(status?.allocatedResourceStatuses)
        .filter(([, state]) => /(Infeasible|Failed)$/.test(state))
        .map(([resource, value]) => ({ field: `status.allocatedResourceStatuses[${resource}]`, value }))
      const evidence = [
        ...errors,
        ...refused,
        ...pendingResize(claim, now),
        ...(event === undefined ? [] : [eventEvidence(event, { quote: true })]),
      ]
      return evidence.length === 0 ? [] : [{ evidence: [...headline(claim), ...evidence] }]
    },
  }),
]
