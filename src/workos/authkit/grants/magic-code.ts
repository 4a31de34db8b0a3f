/** Exchanges a mailed code for a session: a person who reads the mail owns the address. */

import { judgeOneTimeCode } from '../one-time-code.ts';
import { isRefusal } from '../refusal.ts';
import { signInOrStepUp } from '../step-up.ts';
import type { Grant } from './grant.ts';

export const byMagicCode: Grant = {
  needs: ['email', 'code'],
  isOpen: () => false,
  redeem: ({ values: { email = '', code = '' }, client, signIns, context }) =>
    signIns.write((rows) => {
      const [known] = rows.users.sharing(email);
      const mailed = known && rows.oneTimeCodes.newestOf(known.id, 'magic_auth');
      const user = judgeOneTimeCode(rows, mailed, code, context);
      if (isRefusal(user)) return user;
      return signInOrStepUp(rows, user, { method: 'MagicAuth', signedInAt: context.now, client }, context);
    }),
};
