#!/usr/bin/env node
// Starts the program, after making sure that this Node can run it and that it is built. CommonJS and old syntax on
// purpose: an old Node must get this far, and a new one starts sooner.
const unsupported = require('./runtime.js')();

if (unsupported === undefined) start();
else refuse(`${unsupported}\n${remedyFor(unsupported)}`);

/** The next step, with the version that the sentence names first. */
function remedyFor(sentence) {
  const [version] = /\d+/.exec(sentence);
  return `Install it from https://nodejs.org, or with a version manager: nvm install ${version}. In a clone of agent-paste, \`npm ci\` brings one, which \`npm start\` and \`npm run agent-paste --\` use.`;
}

function start() {
  const root = `${__dirname}/..`;
  let program;
  try {
    const given = process.argv.slice(2);
    const isQuestion = given.length < 2 && given.every((word) => word[0] === '-');
    // Ended explicitly, because a preloaded module may hold a timer or a socket.
    if (isQuestion && require('../dist/help.cjs').answered(given)) process.exit(0);
    const cache = `${root}/dist/.compile-cache`;
    if (isPrivate(cache)) require('node:module').enableCompileCache(cache);
    program = require('../dist/main.cjs');
  } catch (error) {
    const { join } = require('node:path');
    if (error.code === 'MODULE_NOT_FOUND') refuse(`agent-paste is not built: run \`npm run build\` in ${join(root)}`);
    else refuse(`agent-paste cannot be loaded: ${String(error.message).split('\n')[0]}; build it or install it again`);
    return;
  }
  program.run();
}

/**
 * Makes the directory of compiled code, beside the code: a user who could plant something there could change the code
 * as well. Not used where others may write into it, and not needed: then every start compiles.
 */
function isPrivate(directory) {
  const { lstatSync, mkdirSync } = require('node:fs');
  let found = lstatSync(directory, { throwIfNoEntry: false });
  if (found === undefined) {
    try {
      mkdirSync(directory, { mode: 0o700 });
    } catch (error) {
      if (error.code !== 'EEXIST') return false; // another start was faster
    }
    found = lstatSync(directory);
  }
  if (process.platform === 'win32') return found.isDirectory(); // no mode bits
  return found.isDirectory() && found.uid === process.geteuid() && (found.mode & 0o077) === 0;
}

function refuse(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 2;
}
