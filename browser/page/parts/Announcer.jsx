import { useEffect, useRef, useState } from 'preact/hooks';
import { waitingTools } from '../logic/conversation.js';

/** Paragraphs kept in the live region; older ones have been read. */
const KEPT = 6;

/**
 * Says the conversation to a screen reader: streamed text paragraph by paragraph (a region that is rewritten every
 * frame would be read again and again), permission requests at once.
 * @param {{ talk: import('../logic/conversation.js').Conversation }} props
 */
export function Announcer({ talk }) {
  const [lines, setLines] = useState(/** @type {{ key: string, text: string }[]} */ ([]));
  const said = useRef(/** @type {Map<string, number> | null} */ (null));
  useEffect(() => {
    const texts = talk.items.filter((item) => item.kind === 'text');
    if (!said.current) {
      said.current = new Map(texts.map((item) => [item.key, item.text.length])); // history is not read out
      return;
    }
    /** @type {typeof lines} */
    const fresh = [];
    for (const item of texts.slice(-8)) {
      const from = said.current.get(item.key) ?? 0;
      const to = item.draft ? item.text.lastIndexOf('\n\n') : item.text.length;
      if (to <= from) continue;
      said.current.set(item.key, to);
      fresh.push({ key: `${item.key}:${from}`, text: item.text.slice(from, to).trim() });
    }
    if (fresh.length > 0) setLines((before) => [...before, ...fresh].slice(-KEPT));
  }, [talk.items]);
  const waiting = waitingTools(talk);
  return (
    <div class="unseen">
      <div aria-live="polite" aria-relevant="additions" data-testid="live">
        {lines.map(({ key, text }) => (
          <p key={key}>{text}</p>
        ))}
      </div>
      <div aria-live="assertive" data-testid="live-permission">
        {waiting.map(({ key, name, summary }) => (
          <p key={key}>Permission needed: {summary || name}</p>
        ))}
      </div>
    </div>
  );
}
