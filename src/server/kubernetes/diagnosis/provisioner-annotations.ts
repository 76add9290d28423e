// Names the annotations by which a claim tells that a driver has been asked for a volume.

/** In use since 1.23, and before that. A claim that waits for its first consumer does not have them yet. */
export const PROVISIONER_ANNOTATIONS = [
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
] as const
