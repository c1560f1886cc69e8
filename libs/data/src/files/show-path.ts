/** A path for messages: control characters (line ends, terminal escapes) are written as JSON writes them. */
export function showPath(path: string): string {
  return path.replace(/[\u0000-\u001f\u007f-\u009f]/g, (control) => {
    const short = JSON.stringify(control).slice(1, -1);
    return short === control ? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}` : short;
  });
}
