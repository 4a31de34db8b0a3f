import { describeInputs } from './bad-input.ts';
import { CREDENTIAL_INPUTS } from './rows/credentials.ts';

describeInputs('credentials and the request around them', CREDENTIAL_INPUTS);
