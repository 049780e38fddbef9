/** Changes one value of a YAML text and leaves the rest as its author wrote it, comments included. */

import { isNode, isSeq, parseDocument, visit } from 'yaml';
import type { YamlPath } from './yaml-document.ts';

const writing = { lineWidth: 90, flowCollectionPadding: false, singleQuote: true } as const;

/** `undefined` takes the key out. A text that cannot be read stays as it is. */
export function editYaml(text: string, path: YamlPath, value: unknown): string {
  const document = parseDocument(text, { logLevel: 'error', uniqueKeys: false });
  if (document.errors.length > 0) return text;
  if (value === undefined) {
    if (document.hasIn(path)) document.deleteIn(path);
  } else {
    const node = document.createNode(value);
    // Names stand in one line, as people write them.
    visit(node, {
      Seq(_, list) {
        list.flow = list.items.every((item) => isNode(item) && !('items' in item));
      },
    });
    document.setIn(path, node);
    const above = document.getIn(path.slice(0, -1), true);
    // What was a list of plain names may now hold groups.
    if (isSeq(above) && isNode(node) && 'items' in node) above.flow = false;
  }
  return document.toString(writing);
}
