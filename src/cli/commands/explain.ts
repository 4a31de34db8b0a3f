/** `agent-paste explain` */
import type { Command } from 'commander';
import { type Explanation, explainToken } from '../../callback/explanation/explanation.ts';
import { shallow } from '../../callback/explanation/readable-part.ts';
import { Failure } from '../../errors/failure.ts';
import { REASONS } from '../../errors/reasons.ts';
import { VERIFIER_SETTINGS } from '../../machine/settings/verifier.ts';
import { clockedBy } from '../../machine/state-clock.ts';
import { isoTime } from '../../machine/values/time.ts';
import { second } from '../arguments.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { clientSettings } from '../found-server.ts';
import { noteMissingState } from '../new-places.ts';
import { flagNames, settingOption, settingOptions } from '../setting-options.ts';
import { readToken } from '../token-input.ts';
import { openChosenVerifier } from './explain/chosen-verifier.ts';
import { explainRequest, isRequestId } from './explain/explain-request.ts';
import { explanationLines } from './explain/explanation-lines.ts';
import { mintFlags, mintLike } from './explain/mint-like.ts';

interface ExplainFlags {
  /** A time as people write it. */
  readonly at?: string;
  readonly url?: string;
}

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste mint --email ada@example.com | agent-paste explain -',
    'agent-paste mint --fault expired | agent-paste explain - --json',
    'agent-paste mint | agent-paste explain - --issuer https://auth.example.com',
  ])
    .argument(
      '[token]',
      'the token, @file, or - for stdin; or the request id of a callback, which may be shortened (default: AGENT_PASTE_TOKEN)',
    )
    .option(
      '--at <time>',
      'judge as of then: 2026-01-31T12:00Z, 10m ago, in 10m, 09:00, or seconds since 1970; UTC where no zone is named (default: now)',
    );
  settingOption(command, 'url', {
    says: 'judge with the settings, keys and users of this running server',
    showsDefault: false,
  });
  settingOptions(command, ...flagNames(VERIFIER_SETTINGS), 'jwks-url', 'workos-api-url');
  settingOption(command, 'db', { says: 'for a request id, the database beside which the log of callbacks lies' });
  command
    .addHelpText(
      'after',
      `
Nothing is written, and the token is never printed. One line break at its end
and a leading "Bearer " are taken off; nothing else is. Claims are marked as
unverified until the signature is found good.

Exit codes: 0 accepted, 1 refused, 2 no token, 3 keys or server unreachable,
4 WorkOS refuses the API key, 5 unknown request id or no state directory.
`,
    )
    .action(action((context, argument: string | undefined, flags: ExplainFlags) => explain(context, argument, flags)));
}

async function explain(context: CommandContext, argument: string | undefined, flags: ExplainFlags): Promise<void> {
  const { runtime, output } = context;
  const resolved = await clientSettings(context);
  const { values: settings, origins } = resolved;
  const clock = clockedBy(settings, runtime.now)();
  const now = flags.at === undefined ? clock : second('--at', flags.at, clock) * 1000;
  if (argument !== undefined && isRequestId(argument)) return explainRequest(context, argument);
  const token = await readToken(runtime, argument);
  const isLocal =
    flags.url === undefined && origins['jwks-url'] === 'default' && origins['workos-api-url'] === 'default';
  if (isLocal) noteMissingState(context, resolved);
  using chosen = await openChosenVerifier(settings, origins, flags.url === undefined ? undefined : settings.url);
  for (const note of chosen.notes) output.note(note);
  const explanation = await explainToken(token, { ...chosen, now });
  if (explanation.status === 503) throw outage(explanation);

  const { received } = explanation.checks.find(({ result }) => result === 'failed') ?? {};
  const mint = mintLike({ ...explanation, received }, await mintFlags(context, chosen.verifier.settings));
  if (output.json) output.document(documentOf(explanation, { at: now, judgedWith: chosen.judgedWith, mint }));
  else {
    const facts = { now, judgedWith: chosen.judgedWith, mint };
    for (const line of explanationLines(explanation, facts, { paint: output.paint, width: runtime.stdout.columns }))
      output.line(line);
  }
  if (!explanation.accepted) context.exitWith(1);
}

/** Keys or users could not be fetched, so there is no verdict on the token. */
function outage({ reason, message, checks }: Explanation): Failure {
  const received = checks.find(({ result }) => result === 'failed')?.received ?? 'no answer';
  return new Failure(
    reason === 'workos_credentials_refused' ? 'credentials_refused' : 'unreachable',
    `${message}: ${received}`,
    reason === null ? undefined : REASONS[reason].remedy,
  );
}

function documentOf(
  { validUntil, header, claims, ...explanation }: Explanation,
  { at, judgedWith, mint }: { at: number; judgedWith: Readonly<Record<string, string>>; mint: string | null },
): object {
  const { accepted, status, reason, message, checks, verified, advice } = explanation;
  return {
    accepted,
    status,
    reason,
    message,
    at: isoTime(at),
    valid_until: validUntil === null ? null : isoTime(validUntil),
    judged_with: judgedWith,
    checks,
    verified,
    header: shallow(header),
    claims: shallow(claims),
    advice,
    mint,
  };
}
