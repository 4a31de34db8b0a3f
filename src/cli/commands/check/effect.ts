/** Refuses flags without effect: a check that ignores a flag would pass for the wrong reason. */
import { Failure } from '../../../errors/failure.ts';
import type { CommandContext } from '../../command.ts';
import type { CheckFlags } from './flags.ts';

const OF_A_TARGET = ['token', 'tokens', 'patience', 'keep'] as const;
const OF_A_TARGETS_SETTINGS = ['issuer', 'client-id', 'allow-remote'] as const;

/** @throws Failure invalid_argument */
export function refuseWithoutTarget({ flags: settings }: CommandContext, flags: CheckFlags): void {
  const given = [
    ...OF_A_TARGET.filter((name) => flags[name] !== undefined),
    ...OF_A_TARGETS_SETTINGS.filter((name) => settings[name] !== undefined),
  ];
  const [first] = given;
  if (first !== undefined)
    throw new Failure(
      'invalid_argument',
      `--${first} has no effect without --url: this check starts a server of its own`,
      'Name the server to judge with --url, or leave the flag out.',
    );
}

/** @throws Failure invalid_argument */
export function refuseBesideSelfTest(context: CommandContext, flags: CheckFlags): void {
  refuseOfAJudge(context, flags, '--self-test judges servers of its own');
}

/** @throws Failure invalid_argument */
export function refuseBesideList(context: CommandContext, flags: CheckFlags): void {
  refuseOfAJudge(context, flags, '--list shows all invariants and judges nothing');
}

function refuseOfAJudge({ flags: settings }: CommandContext, flags: CheckFlags, why: string): void {
  const given = [
    ...(['only', 'skip', 'repeat', 'verbose', ...OF_A_TARGET] as const).filter((name) => flags[name] !== undefined),
    ...(['url', ...OF_A_TARGETS_SETTINGS] as const).filter((name) => settings[name] !== undefined),
  ];
  const [first] = given;
  if (first !== undefined) throw new Failure('invalid_argument', `${why}, so --${first} does not go with it`);
}

/** @throws Failure invalid_config: with an empty variable, the wrong server would be checked */
export function refuseEmptyUrl({ runtime, flags }: CommandContext): void {
  if (runtime.env.AGENT_PASTE_API_URL === '' && flags.url === undefined)
    throw new Failure(
      'invalid_config',
      'AGENT_PASTE_API_URL is empty: it must be the base URL of the server to judge',
      'Set it, or unset it to judge a server that this check starts.',
    );
}
