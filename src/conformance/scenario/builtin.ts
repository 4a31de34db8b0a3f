/** Written by `npm run generate`: the scenarios of `fixtures/scenarios`, by their names for replay. */
export const BUILTIN_SCENARIOS: Readonly<Record<string, string>> = {
  'builtin:any-server': `# yaml-language-server: $schema=./scenario.schema.json
name: a retried sign-in is answered as before, on any server
description: >-
  Has no server of its own: run it with --url against a server that trusts the keys of your state directory.
  {run} is new for each run, so that a server which remembers the last one is no trouble.
steps:
  - id: first
    send: { email: 'ada+{run}@example.com', jti: 'jti_{run}', sid: 'session_{run}', retry: true }
    expect: { outcome: provisioned, fields: { workspace_member.email: 'ada+{run}@example.com' } }
  - id: again
    send: { token: first, times: 3, retry: true }
    expect: { outcome: replayed, same_as: first }
  - id: next-sign-in
    send: { email: 'ada+{run}@example.com', retry: true }
    expect: { outcome: seen, same_fields: { as: first, fields: [workspace.id, workspace_member.id] } }
`,
  'builtin:bad-tokens': `# yaml-language-server: $schema=./scenario.schema.json
name: broken tokens are refused for their reason, and leave nothing
server: own
steps:
  - send: { token: none }
    expect: { outcome: refused, status: 401, reason: no_bearer }
  - send: { email: ada@example.com, faults: [alg-none] }
    expect: { status: 401, code: not_authenticated }
  - send: { email: ada@example.com, faults: [signature-other-key] }
    expect: { status: 401, reason: bad_signature }
  - send: { email: ada@example.com, faults: [iss-other] }
    expect: { status: 401, reason: issuer_mismatch }
  - send: { email: ada@example.com, faults: [client-id-other] }
    expect: { status: 401, reason: client_id_mismatch }
  - send: { email: ada@example.com }
    expect: { outcome: provisioned }
`,
  'builtin:concurrent-duplicates-agree': `# yaml-language-server: $schema=./scenario.schema.json
name: twenty duplicates at once are one sign-in
server: own
steps:
  - id: burst
    send: { email: ada@example.com, jti: jti_1, times: 20, concurrency: 20, retry: true }
    expect: { status: 200, outcomes: { provisioned: 1, replayed: 19 } }
  - id: after
    send: { token: burst }
    expect: { outcome: replayed, same_as: burst }
`,
  'builtin:concurrent-first-sign-ins': `# yaml-language-server: $schema=./scenario.schema.json
name: different tokens of a new user at once make one member and one secret
server: own
steps:
  - id: a
    mint: { email: ada@example.com, jti: null, sid: session_1 }
  - id: burst
    why: one session, so one key, from tokens that all differ
    send: { token: a, fresh: true, times: 16, concurrency: 16, retry: true }
    expect: { outcomes: { provisioned: 1, replayed: 15 } }
  - id: another
    send: { email: ada@example.com }
    expect: { outcome: seen, same_fields: { as: burst, fields: [workspace.id, workspace_member.id] } }
`,
  'builtin:conflict-then-the-same-answer': `# yaml-language-server: $schema=./scenario.schema.json
name: a server that answers 409 while it works gives the same bytes afterwards
server: own
settings:
  in-flight: conflict
  hold: [before-commit=300ms]
steps:
  - id: burst
    why: all but one meet 409 with Retry-After, wait, and get the answer of the first
    send: { email: ada@example.com, times: 6, concurrency: 6, retry: true }
    expect: { status: 200, outcomes: { provisioned: 1, replayed: 5 } }
`,
  'builtin:email-refreshes': `# yaml-language-server: $schema=./scenario.schema.json
name: a changed address shows at the next sign-in, and not in a replay
server: own
steps:
  - id: first
    send: { sub: user_ada, email: ada@example.com, jti: jti_1 }
    expect: { outcome: provisioned, fields: { workspace.name: "ada's Workspace" } }
  - id: moved
    mint: { sub: user_ada, email: ada.lovelace@example.com, jti: jti_2 }
  - id: replay
    why: a replay changes nothing, not even the address
    send: { token: first }
    expect: { outcome: replayed, same_as: first }
  - id: later
    send: { token: moved }
    expect:
      outcome: seen
      fields: { workspace_member.email: ada.lovelace@example.com, workspace.name: "ada's Workspace" }
      same_fields: { as: first, fields: [workspace_member.id] }
`,
  'builtin:expired-token': `# yaml-language-server: $schema=./scenario.schema.json
name: an expired token is refused, even to replay
server: own
steps:
  - id: first
    send: { email: ada@example.com, jti: jti_1, expires_in: 2s }
    expect: { outcome: provisioned }
  - wait: 2500ms
  - send: { token: first }
    expect: { outcome: refused, status: 401, reason: expired }
  - id: renewed
    why: a new token of the same id finds the answer
    send: { email: ada@example.com, jti: jti_1 }
    expect: { outcome: replayed, same_as: first }
`,
  'builtin:in-flight-without-retry': `# yaml-language-server: $schema=./scenario.schema.json
name: a duplicate of a callback that still runs may be told to come back
server: own
settings:
  in-flight: conflict
  hold: [before-commit=500ms]
steps:
  - id: burst
    send: { email: ada@example.com, times: 3, concurrency: 3 }
    expect: { outcomes: { provisioned: 1, in_flight: 2 } }
  - id: after
    send: { token: burst }
    expect: { outcome: replayed, status: 200 }
`,
  'builtin:jti-and-sid-of-the-same-text': `# yaml-language-server: $schema=./scenario.schema.json
name: a token id and a session id of the same text are two keys
server: own
steps:
  - id: by-session
    send: { email: ada@example.com, jti: null, sid: same }
    expect: { outcome: provisioned }
  - id: by-token
    send: { email: ada@example.com, jti: same, sid: null }
    expect: { outcome: seen, differs_from: by-session }
`,
  'builtin:jti-before-sid': `# yaml-language-server: $schema=./scenario.schema.json
name: the token id is the key, whatever the session
server: own
steps:
  - id: first
    send: { email: ada@example.com, jti: jti_1, sid: session_1 }
    expect: { outcome: provisioned }
  - id: same-jti
    why: another session with the same token id is the same callback
    send: { email: ada@example.com, jti: jti_1, sid: session_2 }
    expect: { outcome: replayed, same_as: first }
  - id: same-sid
    why: another token id of the same session is another callback
    send: { email: ada@example.com, jti: jti_2, sid: session_1 }
    expect: { outcome: seen }
`,
  'builtin:key-rotation': `# yaml-language-server: $schema=./scenario.schema.json
name: a rotated key is accepted at once, and the old one while it is published
server: own
steps:
  - id: first
    send: { email: ada@example.com, jti: jti_1 }
    expect: { outcome: provisioned }
  - rotate: keys
  - id: old-key
    send: { token: first }
    expect: { outcome: replayed, same_as: first }
  - id: new-key
    why: the same claims under the new key are the same callback
    send: { email: ada@example.com, jti: jti_1 }
    expect: { outcome: replayed, same_as: first }
`,
  'builtin:no-id-is-refused': `# yaml-language-server: $schema=./scenario.schema.json
name: a token with neither token id nor session id is refused and leaves nothing
server: own
steps:
  - send: { email: ada@example.com, jti: null, sid: null }
    expect:
      outcome: refused
      status: 401
      code: not_authenticated
      reason: no_session_or_token_id
      fields: { error.message: missing WorkOS token_id or session_id }
  - send: { email: ada@example.com, jti: '', sid: '  ' }
    expect: { status: 401, reason: no_session_or_token_id }
  - why: nothing was written for the refused ones
    send: { email: ada@example.com }
    expect: { outcome: provisioned }
`,
  'builtin:no-replay-across-users': `# yaml-language-server: $schema=./scenario.schema.json
name: two users with the same token id get their own answers
server: own
steps:
  - id: ada
    send: { email: ada@example.com, jti: jti_1, sid: session_1 }
    expect: { outcome: provisioned, fields: { workspace_member.email: ada@example.com } }
  - id: grace
    send: { email: grace@example.com, jti: jti_1, sid: session_1 }
    expect: { outcome: provisioned, differs_from: ada, fields: { workspace_member.email: grace@example.com } }
  - id: ada-again
    send: { token: ada }
    expect: { outcome: replayed, same_as: ada }
`,
  'builtin:refused-then-good': `# yaml-language-server: $schema=./scenario.schema.json
name: a refused attempt does not use up its token id
server: own
steps:
  - id: bad
    send: { email: ada@example.com, jti: jti_1, faults: [signature-other-key] }
    expect: { outcome: refused, reason: bad_signature }
  - id: good
    send: { email: ada@example.com, jti: jti_1 }
    expect: { outcome: provisioned }
`,
  'builtin:removed-key': `# yaml-language-server: $schema=./scenario.schema.json
name: a token of a removed key is refused, even to replay
server: own
steps:
  - id: first
    send: { email: ada@example.com, jti: jti_1 }
    expect: { outcome: provisioned }
  - rotate: keys
  - id: removed
    retire: first
  - send: { token: first }
    expect: { outcome: refused, status: 401, reason: kid_unknown }
  - id: re-signed
    send: { email: ada@example.com, jti: jti_1 }
    expect: { outcome: replayed, same_as: first }
`,
  'builtin:replay-is-identical': `# yaml-language-server: $schema=./scenario.schema.json
name: the same token again gives the same bytes
server: own
steps:
  - id: first
    why: a new user gets a workspace and a key with its secret
    send: { email: ada@example.com, jti: jti_1, sid: session_1 }
    expect:
      outcome: provisioned
      status: 200
      fields:
        workspace_member.email: ada@example.com
        default_api_key.secret: { matches: '^ap_pk_preview_' }
  - id: again
    send: { token: first, times: 5 }
    expect: { outcome: replayed, same_as: first }
`,
  'builtin:second-sign-in-is-seen': `# yaml-language-server: $schema=./scenario.schema.json
name: a later sign-in of a known user is seen, and shows no secret
server: own
steps:
  - id: first
    send: { email: ada@example.com }
    expect: { outcome: provisioned }
  - id: later
    send: { email: ada@example.com }
    expect:
      outcome: seen
      fields: { default_api_key: null }
      differs_from: first
      same_fields:
        as: first
        fields: [workspace, workspace_member.id, workspace_member.created_at, scopes]
`,
  'builtin:session-is-the-key-without-jti': `# yaml-language-server: $schema=./scenario.schema.json
name: without a token id the session is the key
server: own
steps:
  - id: first
    send: { email: ada@example.com, jti: null, sid: session_1 }
    expect: { outcome: provisioned }
  - id: blank
    why: a blank token id is none
    send: { email: ada@example.com, jti: ' ', sid: session_1 }
    expect: { outcome: replayed, same_as: first }
  - id: other-session
    send: { email: ada@example.com, jti: null, sid: session_2 }
    expect: { outcome: seen }
`,
  'builtin:survives-restart': `# yaml-language-server: $schema=./scenario.schema.json
name: an answer outlives the server process
server: own
steps:
  - id: first
    send: { email: ada@example.com }
    expect: { outcome: provisioned }
  - restart: server
  - id: again
    send: { token: first }
    expect: { outcome: replayed, same_as: first }
`,
  'builtin:tokens-without-client': `{
  "$schema": "./scenario.schema.json",
  "name": "tokens that name no client pass where the server allows it",
  "server": "own",
  "settings": { "client-id-claim": "optional" },
  "steps": [
    {
      "id": "first",
      "send": { "email": "ada@example.com", "jti": "jti_1", "faults": ["client-id-missing"] },
      "expect": { "outcome": "provisioned" }
    },
    { "send": { "token": "first" }, "expect": { "outcome": "replayed", "same_as": "first" } }
  ]
}
`,
};
