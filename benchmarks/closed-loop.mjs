/**
 * So many loops, each of which starts its next operation when the last one is answered: what an application with so many
 * requests at a time does.
 */
/** One loop in so many looks at the clock. */
const TIMED_LOOPS = 16;
/** One operation in so many is compared with what was stored. */
const CHECK_MASK = 15;

/**
 * @param {number} inFlight
 * @param {{ start(number: number, done?: Function): any, check(number: number, result: any): void }} operations
 * @param {import('./meter.mjs').Meter} meter
 * @param {boolean} callsBack
 */
export function startLoops(inFlight, operations, meter, callsBack) {
  let next = 0;

  async function awaitingLoop(isTimed) {
    while (meter.isRunning) {
      const number = next++;
      const startedAt = isTimed ? performance.now() : 0;
      let result;
      try {
        result = await operations.start(number);
      } catch {
        meter.failed += 1;
        continue;
      }
      if (isTimed) meter.addLatency(performance.now() - startedAt);
      if ((number & CHECK_MASK) === 0) operations.check(number, result);
      meter.count += 1;
    }
  }

  function callbackLoop(isTimed) {
    const begin = () => {
      if (!meter.isRunning) return;
      const number = next++;
      const startedAt = isTimed ? performance.now() : 0;
      operations.start(number, (error, result) => {
        if (isTimed) meter.addLatency(performance.now() - startedAt);
        if (error) meter.failed += 1;
        else if ((number & CHECK_MASK) === 0) operations.check(number, result);
        meter.count += error ? 0 : 1;
        begin();
      });
    };
    begin();
  }

  for (let loop = 0; loop < inFlight; loop += 1) {
    const isTimed = loop % TIMED_LOOPS === 0;
    if (callsBack) callbackLoop(isTimed);
    else void awaitingLoop(isTimed);
  }
}
