import { expect, test } from 'vitest';
import { agentPaste } from '../support/binary.ts';

test('prints the version of the package with --version', async () => {
  expect(await agentPaste(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
});
