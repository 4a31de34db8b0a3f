/** Continues a pending sign-in after its address is verified by a mailed code. */
import { judgeOneTimeCode } from '../one-time-code.ts';
import { pendingSignIn } from '../pending.ts';
import { isRefusal } from '../refusal.ts';
import { signInOrStepUp } from '../step-up.ts';
import type { Grant } from './grant.ts';

export const byVerificationCode: Grant = {
  needs: ['code', 'pending_authentication_token'],
  isOpen: () => false,
  redeem: ({ values: { code = '', pending_authentication_token = '' }, client, signIns, context }) =>
    signIns.write((rows) => {
      const pending = pendingSignIn(rows, pending_authentication_token, 'email_verification', client, context);
      if (isRefusal(pending)) return pending;
      const mailed = rows.oneTimeCodes.find(pending.row.one_time_code_id ?? '');
      const user = judgeOneTimeCode(rows, mailed, code, context);
      if (isRefusal(user)) return user;
      rows.pending.remove(pending.row.hash);
      return signInOrStepUp(rows, user, { ...pending.beginning, isVerified: true }, context);
    }),
};
