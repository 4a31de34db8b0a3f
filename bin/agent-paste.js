#!/usr/bin/env node
// Starts the program, after making sure that this Node can run it. Old syntax on purpose: an old Node must get this far.
var required = [24, 15];
var running = process.versions.node.split('.').map(Number);

if (running[0] < required[0] || (running[0] === required[0] && running[1] < required[1])) {
  process.stderr.write(
    'agent-paste needs Node ' +
      required.join('.') +
      ' or newer; this is ' +
      process.version +
      ' (' +
      process.execPath +
      ').\n',
  );
  process.exitCode = 2;
} else {
  import('../dist/main.js').then(({ run }) => run());
}
