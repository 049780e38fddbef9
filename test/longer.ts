/**
 * What `npm test` leaves to `npm run test:all`, because a shorter form of it stays, and because
 * a whole site of processes costs twenty seconds of a processor. By hand, all of a file is run.
 */

/** In the surroundings of whatever `npm test` starts. */
export const shortVariable = 'DANKAI_TEST_SHORT';

/** Options of such a test. */
export const longer = {
  skip: process.env[shortVariable] === '1' && 'the longer form: npm run test:all',
};
