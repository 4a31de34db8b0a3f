import { describeInputs } from './bad-input.ts';
import { USER_INPUTS } from './rows/user.ts';

describeInputs('the user behind a token', USER_INPUTS);
