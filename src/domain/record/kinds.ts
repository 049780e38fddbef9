/**
 * Every kind of line that the record has. Nothing else is ever appended, so that whoever reads a
 * record can look each kind up: docs/operating/record.md has what they mean and an example of each.
 */

/** Of an information server. */
const informationServerKinds = [
  // its own life
  'epoch-begun',
  'epoch-raised',
  'journal-restored',
  'record-cut',
  'heads-not-kept',
  'heads-kept-again',
  'revocations-not-kept',
  'revocations-kept-again',
  'metadata-behind',
  'baseline-unsigned',
  'information-server-upgrade',
  'information-server-upgraded',
  'information-server-returned',
  'agent-stopped',
  'agent-started',

  // what people bring in, and what is refused
  'release-imported',
  'release-refused',
  'packages-removed',
  'metadata-imported',
  'catalogue-revised',
  'catalogue-restored',
  'content-taken',
  'content-deployed',
  'update-asked',
  'delivery-refused',

  // content through rings, and content taken back
  'ring-opened',
  'ring-passed',
  'ring-inconclusive',
  'ring-failed',
  'content-withdrawn',
  'content-admitted',

  // holds
  'hold-placed',
  'hold-began',
  'hold-released',

  // budgets of links
  'budget-changed',
  'budget-reset',

  // servers
  'server-joined',
  'server-moved',
  'server-unproved',
  'server-unsigned',
  'launcher-failed',
  'identity-cloned',

  // who may be one of them
  'enrolment-token-made',
  'enrolment-token-revoked',
  'enrolment-refused',
  'server-waits',
  'server-approved',
  'server-enrolled',
  'certificate-issued',
  'certificate-renewed',
  'server-revoked',
  'server-removed',
  'installer-made',
  'local-upgrade',

  // an upgrade as a whole
  'upgrade-refused',
  'upgrade-started',
  'precautions-acknowledged',
  'upgrade-forecast',
  'upgrade-not-forecast',
  'upgrade-self-switching',
  'upgrade-baseline',
  'upgrade-agent',
  'upgrade-groups',
  'upgrade-paused',
  'upgrade-resumed',
  'upgrade-stopped',
  'upgrade-finished',

  // its parts of campaigns
  'campaign-taken',
  'campaign-withdrawn',
  'campaign-refused',
  'campaign-paused',

  // its groups
  'group-approved',
  'group-staging',
  'group-locked',
  'catalogue-clean',
  'catalogue-drifted',
  'group-open',
  'group-closed',
  'group-passed',
  'gate-inconclusive',

  // leases, and how each ends
  'lease-granted',
  'lease-refused',
  'lease-lapsed',
  'server-switching',
  'server-seen-new',
  'server-upgraded',
  'server-returned',
  'server-vanished',
  'server-absent',
] as const;

/** Of a control manager; some kinds are both's. */
const controlManagerKinds = [
  'content-downloaded',
  'download-refused',
  'delivery-planned',
  'content-offered',
  'site-moved',
  'campaign-sent',
  'campaign-stopped',
  'wave-opened',
  'wave-passed',
  'wave-inconclusive',
  'wave-failed',
] as const;

/** Of both: what the organisation's root said to everybody. */
const organisationKinds = ['authorities-refused'] as const;

/** Of both: who may what, who came in and who did not, and what others approved. */
const peopleKinds = [
  'person-added',
  'person-changed',
  'person-removed',
  'password-changed',
  'token-added',
  'token-revoked',
  'sign-in-link-made',
  'login',
  'login-refused',
  'logout',
  'call-refused',
  'peer-refused',
  'approval-asked',
  'approval-given',
  'approved-by-one',
] as const;

export const recordKinds = [
  ...informationServerKinds,
  ...controlManagerKinds,
  ...organisationKinds,
  ...peopleKinds,
] as const;
export type RecordKind = (typeof recordKinds)[number];
