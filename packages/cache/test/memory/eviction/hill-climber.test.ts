import { describe, expect, it } from 'vitest';
import { HillClimber } from '../../../src/memory/eviction/hill-climber.js';

describe('HillClimber', () => {
  it('begins with a tenth', () => {
    expect(new HillClimber().windowOf(1000)).toBe(100);
  });

  it('moves by the slots of a vote', () => {
    const climber = new HillClimber();
    climber.vote(5, 1000);
    expect(climber.windowOf(1000)).toBe(105);
    climber.vote(-25, 1000);
    expect(climber.windowOf(1000)).toBe(80);
  });

  it('stays between 1 % and 80 %', () => {
    const climber = new HillClimber();
    for (let vote = 0; vote < 2000; vote++) climber.vote(1, 1000);
    expect(climber.windowOf(1000)).toBe(800);
    for (let vote = 0; vote < 2000; vote++) climber.vote(-1, 1000);
    expect(climber.windowOf(1000)).toBe(10);
  });

  it('leaves the window one entry where there is one', () => {
    const climber = new HillClimber();
    expect([0, 1, 2, 3].map((entries) => climber.windowOf(entries))).toEqual([0, 1, 1, 1]);
  });

  it('bears a vote in an empty cache', () => {
    const climber = new HillClimber();
    climber.vote(-1, 0);
    expect(climber.windowOf(100)).toBe(1);
  });
});
