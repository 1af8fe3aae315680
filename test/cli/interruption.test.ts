import { describe, expect, it } from 'vitest';
import { listenForInterruption } from '../../src/cli/interruption.ts';
import { captureIo } from './captured-io.ts';

describe('a signal', () => {
  it('asks work to finish what is in hand, and says so', () => {
    const io = captureIo();
    const interruption = listenForInterruption(io, { isReading: false, isQuiet: false });
    expect([interruption.signal.aborted, interruption.received()]).toEqual([false, null]);
    io.send('SIGTERM');
    expect(interruption.signal.reason).toMatchObject({ code: 'aborted', message: 'stopped by SIGTERM' });
    expect([interruption.received(), io.exits]).toEqual(['SIGTERM', []]);
    expect(io.err()).toBe('SIGTERM: finishing what is in hand; once more to stop at once\n');
  });

  it('that comes a second time ends the process at once, with the code of the first', () => {
    const io = captureIo();
    listenForInterruption(io, { isReading: false, isQuiet: true });
    io.send('SIGINT');
    io.send('SIGTERM');
    expect([io.exits, io.err()]).toEqual([[130], '']);
  });

  it('ends work that only reads at once', () => {
    const io = captureIo();
    listenForInterruption(io, { isReading: true, isQuiet: false });
    io.send('SIGTERM');
    expect(io.exits).toEqual([143]);
  });

  it('means nothing any more once the work is done', () => {
    const io = captureIo();
    const interruption = listenForInterruption(io, { isReading: true, isQuiet: false });
    interruption.stopListening();
    io.send('SIGINT');
    expect(io.exits).toEqual([]);
  });
});
