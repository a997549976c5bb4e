// One scenario with one library, in a process of its own: either may hang for good or end the process.
process.once('disconnect', () => process.exit());

const [libraryFile, scenarioFile, backEnd, changed] = process.argv.slice(2);
const { library } = await import(libraryFile);
const { scenario } = await import(scenarioFile);

// What nobody handles would have ended the process: it is told beside what the scenario saw.
const stray = new Set();
process.on('uncaughtException', (error) => stray.add(error?.message ?? String(error)));

/** The server belongs to the parent, which does what is asked and says when it is done. */
function askParent(action) {
  return new Promise((resolve) => {
    process.once('message', resolve);
    process.send({ action });
  });
}
const server = {
  freeze: () => askParent('freeze'),
  kill: () => askParent('kill'),
  restart: () => askParent('restart'),
};

const result = await attempt();
const seen = stray.size === 0 ? result.seen : `${result.seen}; unhandled, would end the process: ${[...stray][0]}`;
process.send({ result: { passed: result.passed && stray.size === 0, seen } }, () => process.exit());

async function attempt() {
  try {
    const open = (options) => library.open({ ...options, ...JSON.parse(changed) });
    return await scenario.run({ ...library, open, file: libraryFile }, { backEnd: JSON.parse(backEnd), server });
  } catch (error) {
    return { passed: false, seen: `rejected: ${error?.message ?? error}` };
  }
}
