/** What X says when it refuses, and when it hangs up: bodies shaped like X's own. */

/** An answer that is no success. A body that is no string is sent as JSON. */
export interface Refusal {
  status: number
  body: string | Readonly<Record<string, unknown>>
  headers?: Readonly<Record<string, string>>
}

const PROBLEMS = 'https://api.x.com/2/problems'

/** By what happened; add headers with a spread. */
export const REFUSALS = {
  /** 400: a field that X does not know */
  unknownField: {
    status: 400,
    body: {
      errors: [
        {
          parameters: { 'tweet.fields': ['note_tweet'] },
          message: 'The `tweet.fields` query parameter value [note_tweet] is not one of [id,text]',
        },
      ],
      title: 'Invalid Request',
      detail: 'One or more parameters to your request was invalid.',
      type: `${PROBLEMS}/invalid-request`,
    },
  },
  /** 401: the token is wrong */
  unauthorized: {
    status: 401,
    body: { title: 'Unauthorized', type: 'about:blank', status: 401, detail: 'Unauthorized' },
  },
  /** 402: nothing left to pay with */
  creditsDepleted: {
    status: 402,
    body: {
      account_id: '501',
      title: 'CreditsDepleted',
      detail: 'Your enrolled account [501] does not have any credits to fulfill this request.',
      type: `${PROBLEMS}/credits`,
    },
  },
  /** 403: the app is in no project */
  notEnrolled: {
    status: 403,
    body: {
      client_id: '1001',
      detail: 'When authenticating requests to the X API v2 endpoints, you must use keys from an app in a Project.',
      reason: 'client-not-enrolled',
      required_enrollment: 'Appropriate Level of API Access',
      title: 'Client Forbidden',
      type: `${PROBLEMS}/client-forbidden`,
    },
  },
  /** 403: a user's token */
  userToken: {
    status: 403,
    body: {
      title: 'Unsupported Authentication',
      detail: 'Authenticating with OAuth 2.0 User Context is forbidden for this endpoint.',
      type: `${PROBLEMS}/unsupported-authentication`,
      status: 403,
    },
  },
  /** 403: the owner's own limit */
  spendingLimit: {
    status: 403,
    body: {
      title: 'Forbidden',
      detail: 'Your account has reached its spending limit.',
      type: 'about:blank',
      status: 403,
    },
  },
  /** 409: connecting without rules */
  noRules: {
    status: 409,
    body: {
      title: 'ConnectionException',
      detail: 'You must define rules before connecting to the stream.',
      connection_issue: 'RuleConfigurationIssue',
      type: `${PROBLEMS}/streaming-connection`,
    },
  },
  /** 429: another connection holds the slot */
  slotTaken: {
    status: 429,
    body: {
      title: 'ConnectionException',
      detail: 'This stream is currently at the maximum allowed connection limit.',
      connection_issue: 'TooManyConnections',
      type: `${PROBLEMS}/streaming-connection`,
    },
    headers: { 'x-rate-limit-limit': '50', 'x-rate-limit-remaining': '47' },
  },
  /** 429: the month is used up */
  usageCap: {
    status: 429,
    body: {
      account_id: 501,
      product_name: 'pay-per-use',
      title: 'UsageCapExceeded',
      period: 'Monthly',
      scope: 'Account',
      detail: 'Usage cap exceeded: Monthly product cap',
      type: `${PROBLEMS}/usage-capped`,
    },
    headers: { 'x-rate-limit-limit': '50', 'x-rate-limit-remaining': '49' },
  },
  /** 429: too many requests. `x-rate-limit-reset` (unix s) is for the caller to add */
  tooManyRequests: {
    status: 429,
    body: { title: 'Too Many Requests', detail: 'Too Many Requests', type: 'about:blank', status: 429 },
    headers: { 'x-rate-limit-limit': '50', 'x-rate-limit-remaining': '0' },
  },
  /** 429 in the words of the first API */
  code88: { status: 429, body: { errors: [{ code: 88, message: 'Rate limit exceeded' }] } },
  /** 503: overloaded */
  unavailable: {
    status: 503,
    body: { title: 'Service Unavailable', detail: 'Service Unavailable', type: 'about:blank', status: 503 },
  },
  /** 503: not ready yet */
  provisioning: {
    status: 503,
    body: {
      title: 'ConnectionException',
      detail: 'Your subscription change is currently being processed.',
      connection_issue: 'ProvisioningSubscription',
      type: `${PROBLEMS}/streaming-connection`,
    },
  },
  /** 502 of a gateway before X */
  gatewayPage: { status: 502, body: '<html><body>Bad Gateway</body></html>', headers: { 'content-type': 'text/html' } },
} as const satisfies Record<string, Refusal>

/** The line with which X says that it will hang up. @param disconnectType such as `UpstreamOperationalDisconnect` */
export function disconnectNotice(disconnectType: string): Record<string, unknown> {
  return {
    errors: [
      {
        title: 'operational-disconnect',
        disconnect_type: disconnectType,
        detail: 'This stream has been disconnected for operational reasons.',
        type: `${PROBLEMS}/operational-disconnect`,
      },
    ],
  }
}

/** A refusal that comes as a line of the stream instead. */
export function noticeOf(refusal: Refusal): Record<string, unknown> {
  return { errors: [refusal.body] }
}
