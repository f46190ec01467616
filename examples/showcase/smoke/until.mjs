import { setTimeout as delay } from 'node:timers/promises';

/** Asks again until the answer is right, at most ten seconds; gives the last answer either way. */
export async function until(ask, isRight) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (isRight(answer) || Date.now() > deadline) return answer;
    await delay(50);
  }
}
