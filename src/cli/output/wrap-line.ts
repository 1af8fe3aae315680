/**
 * A line that is longer than the terminal, in several: broken between words, what goes on deeper than where the line began. A word longer than
 * the terminal is left to it: a terminal that breaks it still copies it as one.
 *
 * @param width columns of the terminal, null where there is none: then nothing is wrapped
 */
export function wrapLine(line: string, width: number | null): string {
  if (width === null || line.length <= width) return line;
  const indent = /^ */.exec(line)?.[0] ?? '';
  const deeper = `${indent}  `;
  const lines: string[] = [];
  let current = indent;
  for (const word of line.slice(indent.length).split(' ')) {
    const isFirst = current.trim() === '';
    if (!isFirst && current.length + 1 + word.length > width) {
      lines.push(current);
      current = `${deeper}${word}`;
    } else {
      current = isFirst ? `${current}${word}` : `${current} ${word}`;
    }
  }
  return [...lines, current].join('\n');
}
