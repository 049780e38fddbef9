/**
 * The error catalogue: every 'no' that Dankai can say, with its kind and its parameters.
 *
 * Sentences and remedies stand in `words/en.json` and `words/ja.json` under `problem.<CODE>`;
 * HTTP and exit statuses follow from the kind, at the edge. `docs/operating/problems.md` is
 * generated from here. Nothing else in the code invents a code.
 */

/**
 * - `usage`: the question itself is wrong (exit 2, HTTP 400)
 * - `no`: the answer is no: drift, blocked, failed (exit 1, HTTP 409)
 * - `absent`: what was named does not exist (exit 1, HTTP 404)
 * - `forbidden`: not allowed (exit 3, HTTP 403)
 * - `unreachable`: nobody answered (exit 3, HTTP 503)
 * - `limit`: larger or more than the stated limit (exit 2, HTTP 413)
 */
export type ProblemKind = 'usage' | 'no' | 'absent' | 'forbidden' | 'unreachable' | 'limit';

const parameters = <const Names extends readonly string[]>(...names: Names): Names => names;

/** code -> kind and the names of its parameters (each is shown in its sentence). */
export const problems = {
  // versions and ranges
  VERSION_UNREADABLE: { kind: 'usage', parameters: parameters('text', 'ordering') },
  RULE_WITHOUT_EFFECT: { kind: 'usage', parameters: parameters('rule', 'version', 'min', 'max') },
  RANGE_EMPTY: { kind: 'usage', parameters: parameters('min', 'max') },

  // server.ini
  CATALOGUE_LINE_UNREADABLE: { kind: 'usage', parameters: parameters('line', 'text') },
  CATALOGUE_SIZE_NOT_A_NUMBER: { kind: 'usage', parameters: parameters('line', 'text') },
  CATALOGUE_SECTION_TWICE: {
    kind: 'usage',
    parameters: parameters('line', 'section', 'firstLine'),
  },
  CATALOGUE_KEY_TWICE: { kind: 'usage', parameters: parameters('line', 'key', 'firstLine') },
  CATALOGUE_KEY_OUTSIDE_SECTION: { kind: 'usage', parameters: parameters('line', 'key') },
  CATALOGUE_TOO_LARGE: { kind: 'limit', parameters: parameters('bytes', 'bytesMax') },
  CATALOGUE_LINE_TOO_LONG: { kind: 'limit', parameters: parameters('line', 'charactersMax') },
  CATALOGUE_TEXT_UNREADABLE: { kind: 'usage', parameters: parameters('line', 'encoding') },
  CATALOGUE_PATH_LEAVES_SHARE: { kind: 'usage', parameters: parameters('line', 'path') },
  CATALOGUE_DRIFTED: { kind: 'no', parameters: parameters('count') },
  CATALOGUE_CLEAN: { kind: 'no', parameters: parameters() },
  CATALOGUE_RESTORE_IMPOSSIBLE: { kind: 'no', parameters: parameters('path', 'digest') },
  CATALOGUE_NO_REVISION: { kind: 'no', parameters: parameters() },
  PROFILE_UNKNOWN: { kind: 'usage', parameters: parameters('profile', 'known') },

  // sources of packages
  SOURCES_ABSENT: { kind: 'no', parameters: parameters() },
  SOURCES_FAILED: { kind: 'unreachable', parameters: parameters('detail') },
  FETCH_NEEDS_DIGEST: { kind: 'usage', parameters: parameters('component', 'version') },

  // budgets of links
  BUDGET_UNKNOWN: { kind: 'absent', parameters: parameters('scope', 'known') },

  // releases, packages, share
  PACKAGE_UNREADABLE: { kind: 'usage', parameters: parameters('file', 'detail') },
  PACKAGE_TOO_LARGE: { kind: 'limit', parameters: parameters('bytes', 'bytesMax') },
  PACKAGE_DIGEST_WRONG: { kind: 'no', parameters: parameters('expected', 'found') },
  PACKAGE_PATH_UNSAFE: { kind: 'usage', parameters: parameters('path') },
  PACKAGE_NO_PLATFORM: { kind: 'no', parameters: parameters('platform', 'version') },
  PACKAGE_ABSENT: { kind: 'absent', parameters: parameters('digest') },
  MIRROR_FILE_ABSENT: { kind: 'absent', parameters: parameters('file') },
  MIRROR_KEEPS_BACK: { kind: 'absent', parameters: parameters('file', 'server') },
  RELEASE_UNKNOWN: { kind: 'absent', parameters: parameters('component', 'version') },
  RELEASE_NOT_A_PROGRAM: { kind: 'no', parameters: parameters('component') },
  RELEASE_VERSION_TAKEN: { kind: 'no', parameters: parameters('component', 'version') },

  // signed metadata, and what it says
  METADATA_ABSENT: { kind: 'no', parameters: parameters('file') },
  METADATA_EXPIRED: { kind: 'no', parameters: parameters('file') },
  METADATA_UNSIGNED: { kind: 'no', parameters: parameters('file', 'signatures', 'threshold') },
  METADATA_OLDER: { kind: 'no', parameters: parameters('file') },
  METADATA_MIXED: { kind: 'no', parameters: parameters('file') },
  METADATA_TOO_LARGE: { kind: 'limit', parameters: parameters('file', 'bytesMax') },
  METADATA_SLOW: { kind: 'unreachable', parameters: parameters('file', 'seconds') },
  METADATA_UNREADABLE: { kind: 'no', parameters: parameters('file', 'detail') },
  SERVER_UNSIGNED: { kind: 'no', parameters: parameters('server', 'version', 'because') },
  RELEASE_UNSIGNED: { kind: 'no', parameters: parameters('component', 'version') },
  RELEASE_NOT_AS_SIGNED: {
    kind: 'no',
    parameters: parameters('component', 'version', 'expected', 'found'),
  },
  RELEASE_WITHDRAWN: { kind: 'no', parameters: parameters('component', 'version', 'reason') },
  RETURN_NOT_PERMITTED: { kind: 'no', parameters: parameters('component', 'from', 'to') },
  CONTENT_UNSIGNED: { kind: 'no', parameters: parameters('component', 'version') },
  CONTENT_NOT_AS_SIGNED: {
    kind: 'no',
    parameters: parameters('component', 'version', 'expected', 'found'),
  },

  // keys and signed repositories
  KEY_FILE_UNREADABLE: { kind: 'usage', parameters: parameters('file', 'detail') },
  KEY_FILE_OPEN: { kind: 'forbidden', parameters: parameters('file', 'mode') },
  KEY_EXISTS: { kind: 'no', parameters: parameters('file') },
  KEY_UNKNOWN: { kind: 'absent', parameters: parameters('key') },
  KEY_WITHOUT_ROLE: { kind: 'no', parameters: parameters('key') },
  PASSPHRASE_WRONG: { kind: 'forbidden', parameters: parameters('file') },
  PASSPHRASE_ABSENT: { kind: 'usage', parameters: parameters() },
  PASSPHRASE_DECLINED: { kind: 'no', parameters: parameters() },
  PASSPHRASE_UNREADABLE: { kind: 'usage', parameters: parameters('file', 'detail') },
  PASSPHRASE_DIFFERENT: { kind: 'usage', parameters: parameters() },
  KIT_PASSPHRASE_SHARED: { kind: 'usage', parameters: parameters() },
  PASSPHRASE_SHORT: { kind: 'usage', parameters: parameters('charactersMin') },
  REPOSITORY_ABSENT: { kind: 'absent', parameters: parameters('folder') },
  REPOSITORY_EXISTS: { kind: 'no', parameters: parameters('folder') },
  THRESHOLD_WRONG: { kind: 'usage', parameters: parameters('role', 'threshold', 'keys') },
  SIGNATURES_TOO_FEW: { kind: 'no', parameters: parameters('role', 'signatures', 'threshold') },
  TARGETS_TOO_MANY: { kind: 'limit', parameters: parameters('targets', 'targetsMax') },
  TARGET_UNKNOWN: { kind: 'absent', parameters: parameters('target') },
  RELEASE_NOT_WITHDRAWN: { kind: 'no', parameters: parameters('component', 'version') },
  LANE_SIGNED_ELSEWHERE: { kind: 'usage', parameters: parameters('lane') },
  NOTHING_STAGED: { kind: 'no', parameters: parameters('folder') },
  STAGED_OUTDATED: { kind: 'no', parameters: parameters('role', 'staged', 'published') },
  STAGED_FOREIGN: { kind: 'no', parameters: parameters('role') },
  STAGED_DIFFERENT: { kind: 'no', parameters: parameters('role', 'folder') },

  // fleet
  SERVER_UNKNOWN: { kind: 'absent', parameters: parameters('server') },
  SERVER_ABSENT: { kind: 'no', parameters: parameters('server') },
  SERVER_SILENT: { kind: 'unreachable', parameters: parameters('server', 'seconds') },
  QUESTION_UNKNOWN: { kind: 'no', parameters: parameters('server', 'version') },
  QUESTIONS_TOO_MANY: { kind: 'limit', parameters: parameters('max') },
  SERVER_IS_HERE: { kind: 'no', parameters: parameters('server') },
  COMPONENT_UNKNOWN: { kind: 'absent', parameters: parameters('component') },
  IDENTITY_CLONED: { kind: 'no', parameters: parameters('server') },

  // preflight and order over the tiers
  CONTROL_MANAGER_LEVEL_LOW: { kind: 'no', parameters: parameters('components') },
  CONTROL_MANAGER_UNSEEN: { kind: 'no', parameters: parameters() },
  INFORMATION_SERVER_BEHIND: { kind: 'no', parameters: parameters('running', 'target') },
  SERVER_IN_TWO_GROUPS: { kind: 'no', parameters: parameters('server', 'groups') },
  CLOCK_WRONG: { kind: 'no', parameters: parameters('now', 'from', 'until') },
  ROLLBACK_ABSENT: { kind: 'no', parameters: parameters('server', 'component', 'running') },
  RELEASE_OLDER: { kind: 'no', parameters: parameters('version', 'running', 'servers') },
  VERSION_OUT_OF_RANGE: { kind: 'no', parameters: parameters('server', 'running', 'min', 'max') },
  FLOOR_NOT_REACHED: { kind: 'no', parameters: parameters('server', 'running', 'floor') },
  VERSION_DEAD_END: { kind: 'no', parameters: parameters('server', 'running', 'version') },
  PREREQUISITE_ABSENT: { kind: 'no', parameters: parameters('server', 'component', 'min') },
  PREREQUISITE_LOW: {
    kind: 'no',
    parameters: parameters('server', 'component', 'running', 'min'),
  },
  PLATFORM_UNSUPPORTED: { kind: 'no', parameters: parameters('server', 'platform') },
  DISK_TOO_SMALL: { kind: 'no', parameters: parameters('server', 'bytesFree', 'bytesNeeded') },
  MEMORY_TOO_SMALL: { kind: 'no', parameters: parameters('server', 'bytes', 'bytesNeeded') },
  GROUP_TRAFFIC_TOO_MUCH: { kind: 'no', parameters: parameters('group', 'minutes', 'minutesMax') },
  HOLD_NOT_COVERING: { kind: 'no', parameters: parameters('plan') },
  DELIVERIES_CANNOT_BE_HELD: { kind: 'no', parameters: parameters() },
  ALL_IN_ONE_GROUP: { kind: 'no', parameters: parameters('group', 'servers') },
  PRECAUTIONS_UNREAD: { kind: 'no', parameters: parameters('version') },
  SAMPLE_LARGER_THAN_GROUP: {
    kind: 'usage',
    parameters: parameters('group', 'sampleMin', 'servers'),
  },
  PREFLIGHT_FAILED: { kind: 'no', parameters: parameters('count') },

  // plan files and settings
  PLAN_UNREADABLE: { kind: 'usage', parameters: parameters('file', 'line', 'column', 'expected') },
  PLAN_UNKNOWN_SERVER: { kind: 'usage', parameters: parameters('server', 'group') },
  SETTINGS_UNREADABLE: {
    kind: 'usage',
    parameters: parameters('file', 'line', 'column', 'expected'),
  },
  FILE_UNREADABLE: { kind: 'usage', parameters: parameters('file', 'detail') },

  // upgrades
  UPGRADE_UNKNOWN: { kind: 'absent', parameters: parameters('upgrade') },
  UPGRADE_AMBIGUOUS: { kind: 'usage', parameters: parameters('upgrades') },
  NO_UPGRADE_YET: { kind: 'absent', parameters: parameters() },
  UPGRADE_RUNNING: { kind: 'no', parameters: parameters('upgrade') },
  UPGRADE_NOT_IN_STATE: { kind: 'no', parameters: parameters('upgrade', 'state', 'wanted') },
  GROUP_UNKNOWN: { kind: 'absent', parameters: parameters('group') },
  GROUP_NOT_WAITING_FOR_PERSON: { kind: 'no', parameters: parameters('group', 'state') },
  INFORMATION_SERVER_RETURNED: { kind: 'no', parameters: parameters('version', 'cause') },
  INFORMATION_SERVER_BUSY: { kind: 'no', parameters: parameters('leases') },
  AGENT_RETURNED: { kind: 'no', parameters: parameters('version', 'cause') },
  EFFECT_FAILED: { kind: 'no', parameters: parameters('effect', 'detail') },
  GATE_FAILED: { kind: 'no', parameters: parameters('group', 'healthy', 'leased', 'percentMin') },
  GATE_INCONCLUSIVE: { kind: 'no', parameters: parameters('group', 'leased', 'sampleMin') },
  RING_FAILED: { kind: 'no', parameters: parameters('ring', 'healthy', 'judged', 'percentMin') },
  RING_INCONCLUSIVE: {
    kind: 'no',
    parameters: parameters('ring', 'healthy', 'judged', 'healthyMin', 'sampleMin'),
  },
  RING_UNKNOWN: { kind: 'absent', parameters: parameters('ring', 'component') },
  RING_NOT_WAITING_FOR_PERSON: { kind: 'no', parameters: parameters('ring', 'state') },
  CONTENT_IN_RINGS: { kind: 'no', parameters: parameters('component', 'version', 'ring') },
  RINGS_ABSENT: { kind: 'no', parameters: parameters() },
  CONTENT_WITHDRAWN: { kind: 'no', parameters: parameters('component', 'version', 'reason') },
  HOLD_TIME_OVER: { kind: 'no', parameters: parameters('group', 'minutesMax') },
  RESTORE_NOT_ENOUGH: { kind: 'no', parameters: parameters('group', 'count') },
  PAUSED_BY_PERSON: { kind: 'no', parameters: parameters('who') },
  UPGRADE_RESTORED: { kind: 'no', parameters: parameters() },
  STOPPED_BY_PERSON: { kind: 'no', parameters: parameters('who') },

  // forecasts and reports
  FORECAST_BUSY: { kind: 'no', parameters: parameters() },
  FORECAST_STOPPED: { kind: 'no', parameters: parameters() },
  DELTA_BASE_UNKNOWN: { kind: 'absent', parameters: parameters('base', 'folder') },
  DELTA_UNMADE: { kind: 'no', parameters: parameters('detail') },
  FORECAST_BROKEN: { kind: 'no', parameters: parameters('detail') },
  FORECAST_LATE: { kind: 'no', parameters: parameters('seconds') },
  FORECAST_UNKNOWN: { kind: 'absent', parameters: parameters('forecast') },
  FORECAST_ABSENT: { kind: 'absent', parameters: parameters('upgrade') },

  // why a server does not get its lease (yet), and how a switch ended
  GROUP_NOT_OPEN: { kind: 'no', parameters: parameters('group', 'state') },
  GROUP_BEFORE_DAY: { kind: 'no', parameters: parameters('group', 'from') },
  WINDOW_CLOSED: { kind: 'no', parameters: parameters('opens') },
  IN_FLIGHT_LIMIT: { kind: 'no', parameters: parameters('inFlight', 'inFlightMax') },
  SITE_ON_HOLD: { kind: 'no', parameters: parameters('hold', 'reason') },
  DIGEST_NOT_WANTED: { kind: 'no', parameters: parameters('digest') },
  LEASE_OVER: { kind: 'no', parameters: parameters('lease') },
  LEASE_UNKNOWN: { kind: 'no', parameters: parameters('lease') },
  EPOCH_STALE: { kind: 'no', parameters: parameters('epoch', 'current') },
  RELEASE_FAILED_HERE: { kind: 'no', parameters: parameters('version', 'cause') },
  SWITCH_RETURNED: { kind: 'no', parameters: parameters('version', 'cause', 'detail') },
  SERVER_VANISHED: { kind: 'no', parameters: parameters('server', 'lease') },
  SERVER_UNASSIGNED: { kind: 'no', parameters: parameters('server') },
  SERVER_UP_TO_DATE: { kind: 'no', parameters: parameters('version') },
  INSTALLER_AWAITED: { kind: 'no', parameters: parameters('version') },
  LOCAL_NOT_POSSIBLE: { kind: 'no', parameters: parameters('component') },
  STAGING: { kind: 'no', parameters: parameters('version') },
  INFORMATION_SERVER_PROVING: { kind: 'no', parameters: parameters() },

  // holds
  TOKEN_NOT_FOR_ADDRESSES: { kind: 'forbidden', parameters: parameters('role') },
  HOLD_UNKNOWN: { kind: 'absent', parameters: parameters('hold') },
  HOLDS_TOO_MANY: { kind: 'limit', parameters: parameters('holdsMax') },
  HOLD_OVER: { kind: 'no', parameters: parameters('hold') },
  HOLD_OF_UPGRADE: { kind: 'no', parameters: parameters('hold', 'upgrade') },

  // deliveries, feeds, the agent
  DELIVERY_OFFERS_PROGRAM: { kind: 'no', parameters: parameters('section', 'version') },
  FEED_UNREADABLE: { kind: 'no', parameters: parameters('feed', 'detail') },
  CONTENT_SIZE_WRONG: { kind: 'no', parameters: parameters('component', 'expected', 'found') },
  AGENT_NOT_MANAGED: { kind: 'no', parameters: parameters() },
  LAUNCHER_ABSENT: { kind: 'no', parameters: parameters() },
  LAUNCHER_FAILED: { kind: 'no', parameters: parameters('version', 'cause', 'detail') },
  DEPLOYMENT_PLAN_UNKNOWN: { kind: 'absent', parameters: parameters('plan') },
  NOTHING_DOWNLOADED: { kind: 'no', parameters: parameters() },
  FOLDER_UNKNOWN: { kind: 'absent', parameters: parameters('folder', 'known') },
  INFORMATION_SERVER_UNKNOWN: { kind: 'absent', parameters: parameters('site') },

  // people
  ROLE_TOO_LOW: { kind: 'forbidden', parameters: parameters('person', 'role', 'call', 'needed') },
  SCOPE_TOO_SMALL: {
    kind: 'forbidden',
    parameters: parameters('person', 'scope', 'call', 'wanted'),
  },
  PERSON_UNKNOWN: { kind: 'absent', parameters: parameters('person') },
  PERSON_EXISTS: { kind: 'no', parameters: parameters('person') },
  PERSON_LAST_ADMINISTRATOR: { kind: 'no', parameters: parameters('person') },
  PEOPLE_TOO_MANY: { kind: 'limit', parameters: parameters('max') },
  PASSWORD_ABSENT: { kind: 'usage', parameters: parameters() },
  PASSWORD_WEAK: { kind: 'usage', parameters: parameters('charactersMin') },
  API_TOKEN_UNKNOWN: { kind: 'absent', parameters: parameters('token') },
  APPROVAL_NEEDED: { kind: 'no', parameters: parameters('request', 'call', 'missing') },
  APPROVAL_OWN: { kind: 'no', parameters: parameters('request') },
  APPROVAL_TWICE: { kind: 'no', parameters: parameters('request') },
  APPROVER_NEEDED: { kind: 'forbidden', parameters: parameters('person', 'call') },
  APPROVER_UNNAMED: { kind: 'forbidden', parameters: parameters('request') },
  REQUEST_UNKNOWN: { kind: 'absent', parameters: parameters('request') },
  REQUEST_OVER: { kind: 'no', parameters: parameters('request') },

  // edges
  PROTOCOL_UNKNOWN: { kind: 'usage', parameters: parameters('version', 'known') },
  MESSAGE_UNREADABLE: { kind: 'usage', parameters: parameters('detail') },
  MESSAGE_TOO_LARGE: { kind: 'limit', parameters: parameters('bytesMax') },
  CALL_UNKNOWN: { kind: 'absent', parameters: parameters('call') },
  ADDRESS_UNREACHABLE: { kind: 'unreachable', parameters: parameters('address', 'detail') },
  OTHER_TIER: { kind: 'usage', parameters: parameters('folder', 'tier', 'wanted') },
  ADDRESS_WRONG: { kind: 'usage', parameters: parameters('address') },
  ADDRESS_EVERYWHERE: { kind: 'usage', parameters: parameters('address') },
  ADDRESS_ABSENT: { kind: 'usage', parameters: parameters() },
  NOT_DANKAI: { kind: 'unreachable', parameters: parameters('address') },
  ANSWER_UNREADABLE: { kind: 'unreachable', parameters: parameters('call', 'detail') },
  TOKEN_WRONG: { kind: 'forbidden', parameters: parameters() },
  TOKEN_ABSENT: { kind: 'forbidden', parameters: parameters('file') },
  TOKEN_UNREADABLE: { kind: 'forbidden', parameters: parameters('file') },
  ORGANISATION_ABSENT: { kind: 'usage', parameters: parameters('address') },
  LINK_INSECURE: { kind: 'forbidden', parameters: parameters('address') },
  PEER_NOT_ADMITTED: { kind: 'forbidden', parameters: parameters('peer') },
  SENDER_OTHER: { kind: 'forbidden', parameters: parameters('said', 'proved') },
  HEADERS_TOO_MANY: { kind: 'limit', parameters: parameters('headersMax') },
  VIEWERS_TOO_MANY: { kind: 'limit', parameters: parameters('max') },
  LINK_OVER: { kind: 'forbidden', parameters: parameters() },
  CONNECTIONS_TOO_MANY: { kind: 'limit', parameters: parameters('connectionsMax') },
  HANDSHAKES_TOO_MANY: { kind: 'limit', parameters: parameters('perSecond') },
  HANDSHAKE_REFUSED: { kind: 'forbidden', parameters: parameters('detail') },
  REQUESTS_TOO_MANY: { kind: 'limit', parameters: parameters('perSecond') },
  LOGIN_WRONG: { kind: 'forbidden', parameters: parameters() },
  LOGIN_TOO_OFTEN: { kind: 'forbidden', parameters: parameters('seconds') },
  SESSION_OVER: { kind: 'forbidden', parameters: parameters() },
  ORIGIN_FOREIGN: { kind: 'forbidden', parameters: parameters('origin') },
  DISK_FULL: { kind: 'no', parameters: parameters('path') },
  JOURNAL_ROW_DAMAGED: { kind: 'no', parameters: parameters('table', 'detail') },
  JOURNAL_ABSENT: { kind: 'usage', parameters: parameters('file') },
  DATABASE_URL_WRONG: { kind: 'usage', parameters: parameters() },
  DATABASE_UNREACHABLE: { kind: 'unreachable', parameters: parameters('address', 'detail') },
  DATABASE_UNFIT: { kind: 'usage', parameters: parameters('address', 'detail') },
  DATABASE_ELSEWHERE: { kind: 'usage', parameters: parameters('file') },
  DATABASE_NOT_MOVED: { kind: 'usage', parameters: parameters('address', 'file') },
  DATABASE_LEFT: { kind: 'usage', parameters: parameters() },
  DATABASE_EMPTY: { kind: 'no', parameters: parameters('place') },
  DATABASE_NOT_EMPTY: { kind: 'no', parameters: parameters('place') },
  DATABASE_IN_USE: { kind: 'no', parameters: parameters('place', 'others') },
  DATA_NEWER: { kind: 'no', parameters: parameters('found', 'known') },
  INSTALLATION_EXISTS: { kind: 'no', parameters: parameters('folder') },
  INSTALLATION_ABSENT: { kind: 'absent', parameters: parameters('folder') },
  INSTALLATION_DAMAGED: { kind: 'no', parameters: parameters('folder', 'detail') },
  INSTALLATION_BUSY: { kind: 'no', parameters: parameters('folder', 'detail') },
  INSTALLATION_OF_OTHER_ROLE: { kind: 'no', parameters: parameters('folder', 'services') },
  INSTALLER_UNREADABLE: { kind: 'no', parameters: parameters('file', 'detail') },
  INFORMATION_SERVER_UNASKED: { kind: 'unreachable', parameters: parameters('version') },
  SYSTEMD_ABSENT: { kind: 'no', parameters: parameters() },
  SERVICE_REFUSED: { kind: 'no', parameters: parameters('unit', 'detail') },
  SERVICE_NOT_INSTALLED: { kind: 'absent', parameters: parameters('folder') },
  SERVICE_NOT_RUNNING: { kind: 'no', parameters: parameters('service') },
  PORT_TAKEN: { kind: 'no', parameters: parameters('port', 'setting') },
  NAME_NOT_RESOLVED: { kind: 'unreachable', parameters: parameters('name', 'detail') },
  CLOCK_DIFFERS: { kind: 'no', parameters: parameters('address', 'seconds') },
  CERTIFICATE_ENDS: { kind: 'no', parameters: parameters('file', 'until') },
  DISK_NEARLY_FULL: { kind: 'no', parameters: parameters('folder', 'bytesFree', 'bytesNeeded') },
  PROCESS_STAYS: { kind: 'no', parameters: parameters('folder', 'pid') },
  AGENT_NOT_HERE: { kind: 'absent', parameters: parameters('folder') },
  IDENTITY_ABSENT: { kind: 'absent', parameters: parameters('folder') },
  INSTALLATION_RUNS: { kind: 'no', parameters: parameters('folder', 'pid') },
  BACKUP_UNREADABLE: { kind: 'usage', parameters: parameters('file', 'detail') },
  BACKUP_OF_OTHER_SITE: { kind: 'no', parameters: parameters('site', 'here') },
  REVOCATIONS_UNSAID: { kind: 'usage', parameters: parameters() },
  REVOCATIONS_OLD: { kind: 'no', parameters: parameters('file', 'at', 'backup') },

  // campaigns over many sites
  CAMPAIGN_UNREADABLE: { kind: 'usage', parameters: parameters('detail') },
  CAMPAIGN_UNSIGNED: { kind: 'forbidden', parameters: parameters('campaign', 'detail') },
  CAMPAIGN_SIGNATURES: {
    kind: 'forbidden',
    parameters: parameters('campaign', 'signatures', 'required'),
  },
  CAMPAIGN_OLDER: { kind: 'no', parameters: parameters('campaign', 'number', 'known') },
  CAMPAIGN_ELSEWHERE: { kind: 'no', parameters: parameters('campaign', 'site') },
  CAMPAIGN_OVER: { kind: 'no', parameters: parameters('campaign', 'until') },
  CAMPAIGN_WITHDRAWN: { kind: 'no', parameters: parameters('campaign', 'reason') },
  CAMPAIGN_STOPPED: { kind: 'no', parameters: parameters('campaign', 'reason') },
  CAMPAIGN_WAVE_NOT_YET: { kind: 'no', parameters: parameters('campaign', 'wave', 'from') },
  CAMPAIGN_WAVE_CLOSED: { kind: 'no', parameters: parameters('campaign', 'wave') },
  CAMPAIGN_LIMIT: { kind: 'limit', parameters: parameters('campaignsMax') },
  CAMPAIGN_UNKNOWN: { kind: 'absent', parameters: parameters('campaign') },
  CAMPAIGN_REFUSED_HERE: { kind: 'no', parameters: parameters('campaign') },
  CAMPAIGN_WAITS_FOR_PERSON: { kind: 'no', parameters: parameters('campaign') },
  CAMPAIGN_RELEASE_OTHER: {
    kind: 'no',
    parameters: parameters('campaign', 'expected', 'found'),
  },
  APPROVER_EXISTS: { kind: 'no', parameters: parameters('name') },
  APPROVER_UNKNOWN: { kind: 'absent', parameters: parameters('name') },

  // certificates and enrolment
  CERTIFICATE_UNTRUSTED: { kind: 'forbidden', parameters: parameters('detail') },
  CERTIFICATE_EXPIRED: { kind: 'forbidden', parameters: parameters('until') },
  CERTIFICATE_REQUEST_WRONG: { kind: 'usage', parameters: parameters('detail') },
  ORGANISATION_UNREADABLE: { kind: 'usage', parameters: parameters('file', 'detail') },
  ORGANISATION_OTHER: { kind: 'forbidden', parameters: parameters('expected', 'found') },
  ORGANISATION_EXISTS: { kind: 'no', parameters: parameters('folder') },
  SITE_UNKNOWN: { kind: 'absent', parameters: parameters('site') },
  SITE_REVOKED: { kind: 'no', parameters: parameters('site') },
  SITE_EXISTS: { kind: 'no', parameters: parameters('site') },
  NAME_UNFIT: { kind: 'usage', parameters: parameters('name') },
  FILE_EXISTS: { kind: 'no', parameters: parameters('file') },
  KIT_UNREADABLE: { kind: 'usage', parameters: parameters('file', 'detail') },
  KIT_OF_OTHER_ROLE: { kind: 'usage', parameters: parameters('role', 'roles') },
  BASELINE_UNSIGNED: { kind: 'no', parameters: parameters('component', 'version') },
  KIT_ABSENT: { kind: 'usage', parameters: parameters('role') },
  IDENTITY_NOT_HERE: { kind: 'usage', parameters: parameters('service', 'authority') },
  ENROLMENT_TOKEN_UNREADABLE: { kind: 'usage', parameters: parameters('file') },
  ENROLMENT_TOKEN_ABSENT: { kind: 'forbidden', parameters: parameters('server') },
  ENROLMENT_TOKEN_UNKNOWN: { kind: 'forbidden', parameters: parameters() },
  ENROLMENT_TOKEN_OF_SITE: { kind: 'forbidden', parameters: parameters('site', 'here') },
  ENROLMENT_TOKEN_OF_OTHER: { kind: 'forbidden', parameters: parameters('server') },
  ENROLMENT_TOKEN_EXPIRED: { kind: 'forbidden', parameters: parameters('until') },
  ENROLMENT_TOKEN_USED: { kind: 'forbidden', parameters: parameters() },
  ENROLMENT_TOKEN_REVOKED: { kind: 'forbidden', parameters: parameters() },
  ENROLMENT_WAITS: { kind: 'no', parameters: parameters('server') },
  ENROLMENT_NOT_HERE: { kind: 'no', parameters: parameters() },
  SERVER_ENROLLED: { kind: 'no', parameters: parameters('server') },
  SERVER_NOT_ENROLLED: { kind: 'absent', parameters: parameters('server') },
  CERTIFICATE_REVOKED: { kind: 'forbidden', parameters: parameters('server') },
  REHOME_UNREADABLE: { kind: 'no', parameters: parameters('detail') },
  REHOME_REFUSED: { kind: 'forbidden', parameters: parameters('from', 'to', 'detail') },
  AUTHORITY_REFUSED: { kind: 'forbidden', parameters: parameters('site') },
  NOTICE_UNREADABLE: { kind: 'no', parameters: parameters('kind', 'detail') },
  NOTICE_OLDER: { kind: 'no', parameters: parameters('kind', 'number', 'known') },
  NOTICE_SHRUNK: { kind: 'no', parameters: parameters('kind', 'number') },
  RENEWAL_EARLY: { kind: 'no', parameters: parameters('from') },
  SERVER_OF_INFORMATION_SERVER: { kind: 'no', parameters: parameters('server') },
  ATTEMPTS_OF_PEER: { kind: 'forbidden', parameters: parameters('seconds') },

  // the record
  RECORD_LINE_UNREADABLE: { kind: 'no', parameters: parameters('place') },
  RECORD_LINES_CHANGED: { kind: 'no', parameters: parameters('from', 'to') },
  RECORD_LINES_REMOVED: { kind: 'no', parameters: parameters('from', 'to') },
  RECORD_LINES_INSERTED: { kind: 'no', parameters: parameters('from', 'to') },
  RECORD_LINES_REORDERED: { kind: 'no', parameters: parameters('from', 'to') },
  RECORD_NUMBER: { kind: 'no', parameters: parameters('number', 'expected') },
  RECORD_OTHER_SITE: { kind: 'no', parameters: parameters('site', 'expected') },
  RECORD_CUT_OFF: { kind: 'no', parameters: parameters('number', 'known') },
  RECORD_REWRITTEN: { kind: 'no', parameters: parameters('after', 'number') },
  RECORD_CUT: { kind: 'no', parameters: parameters('server', 'known', 'number') },
  RECORD_RESTORED: { kind: 'no', parameters: parameters('server', 'known', 'number') },
  METADATA_BEHIND: { kind: 'no', parameters: parameters('server', 'lane', 'known', 'here') },
  RECORD_BROKEN: { kind: 'no', parameters: parameters('count') },

  // the command line
  COMMAND_UNKNOWN: { kind: 'usage', parameters: parameters('command', 'suggestion') },
  OPTION_UNKNOWN: { kind: 'usage', parameters: parameters('option', 'suggestion') },
  OPTION_WRONG: { kind: 'usage', parameters: parameters('option', 'value', 'expected') },
  OPTION_ABSENT: { kind: 'usage', parameters: parameters('option') },
  ARGUMENT_ABSENT: { kind: 'usage', parameters: parameters('argument') },
  ARGUMENT_TOO_MANY: { kind: 'usage', parameters: parameters('command') },
  COMPARE_ONE_PLAN: { kind: 'usage', parameters: parameters() },
  FORECAST_PLAN_ABSENT: { kind: 'usage', parameters: parameters() },
  FORECAST_LINK_ABSENT: { kind: 'usage', parameters: parameters() },
  SERVERS_FEWER_THAN_GROUPS: { kind: 'usage', parameters: parameters('servers', 'groups') },
  CONFIRMATION_NEEDED: { kind: 'usage', parameters: parameters('command') },
  CONFIRMATION_DECLINED: { kind: 'no', parameters: parameters('command') },
} as const satisfies Record<string, { kind: ProblemKind; parameters: readonly string[] }>;

export type ProblemCode = keyof typeof problems;

type ParametersOf<Code extends ProblemCode> = {
  readonly [Name in (typeof problems)[Code]['parameters'][number]]: string | number;
};

/** One expected 'no', ready to be shown, stored and sent. */
export type Problem = {
  readonly code: ProblemCode;
  readonly with: Readonly<Record<string, string | number>>;
};

export function problem<Code extends ProblemCode>(code: Code, values: ParametersOf<Code>): Problem {
  return { code, with: values };
}

export function kindOf(because: Problem): ProblemKind {
  // A newer program on the other end of a link may say what this one does not know yet.
  return Object.hasOwn(problems, because.code) ? problems[because.code].kind : 'no';
}
