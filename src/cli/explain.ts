/** `agent-paste explain` */
import type { Command } from 'commander';
import { Failure, REASONS } from '../errors.ts';
import { type Explanation, explainToken } from '../explain/explanation.ts';
import { shallow } from '../explain/readable-part.ts';
import { instant } from './arguments.ts';
import type { Action, CommandContext } from './command.ts';
import { addExamples } from './examples.ts';
import { explainRequest, isRequestId } from './explain-request.ts';
import { explanationLines } from './explanation-lines.ts';
import { openJudgement } from './judgement.ts';
import { mintFlags, mintLike } from './mint-like.ts';
import { commandSettings } from './settings.ts';
import { readToken } from './token-input.ts';

interface ExplainFlags {
  /** Seconds since 1970. */
  readonly at?: number;
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
    .option('--at <time>', 'judge as of then: ISO 8601, or seconds since 1970 (default: now)', instant('--at'))
    .option('--url <url>', 'judge with the settings, keys and users of this running server')
    .option('--issuer <url>', 'issuer to expect (WORKOS_ISSUER)')
    .option('--client-id <id>', 'client to expect (WORKOS_CLIENT_ID)')
    .option('--client-id-claim <mode>', 'required or optional (default required)')
    .option('--clock-tolerance <duration>', 'how far exp and nbf may be off, up to 60s (default 0s)')
    .option('--jwks-url <url>', 'keys from here instead of the state directory (WORKOS_JWKS_URL)')
    .option('--workos-api-url <url>', 'keys and users from this WorkOS (WORKOS_API_BASE_URL)')
    .option('--db <path>', 'the database beside which the log of callbacks lies, for a request id')
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
  const { values: settings, origins } = await commandSettings(context);
  if (argument !== undefined && isRequestId(argument)) return explainRequest(context, settings, argument);
  const token = await readToken(runtime, argument);
  const now = flags.at === undefined ? runtime.now() : flags.at * 1000;
  using judgement = await openJudgement(settings, origins, flags.url === undefined ? undefined : settings.url);
  for (const note of judgement.notes) output.note(note);
  const explanation = await explainToken(token, { ...judgement, now });
  if (explanation.status === 503) throw outage(explanation);

  const mint = mintLike(explanation, await mintFlags(context, judgement.verifier.settings));
  if (output.json) output.document(documentOf(explanation, { at: now, judgedWith: judgement.judgedWith, mint }));
  else {
    const facts = { now, judgedWith: judgement.judgedWith, mint };
    for (const line of explanationLines(explanation, facts, { paint: output.paint, width: runtime.stdout.columns }))
      output.line(line);
  }
  if (!explanation.accepted) context.exitWith(1);
}

/** Keys or users could not be had: that says nothing about the token. */
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
    at: new Date(at).toISOString(),
    valid_until: validUntil === null ? null : new Date(validUntil).toISOString(),
    judged_with: judgedWith,
    checks,
    verified,
    header: shallow(header),
    claims: shallow(claims),
    advice,
    mint,
  };
}
