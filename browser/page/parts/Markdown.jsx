import { useLayoutEffect, useRef } from 'preact/hooks';
import { MarkdownView } from '../logic/markdown.js';

/**
 * Text of the model. The session moves at most once per frame, and so does this.
 * @param {{ text: string, streaming: boolean, partial: boolean }} props
 */
export function Markdown({ text, streaming, partial }) {
  const element = useRef(/** @type {HTMLDivElement | null} */ (null));
  const view = useRef(/** @type {MarkdownView | null} */ (null));
  useLayoutEffect(() => {
    if (!element.current) return;
    view.current ??= new MarkdownView(element.current);
    view.current.update(text, streaming);
  }, [text, streaming]);
  return (
    <article class="message-assistant" data-testid="assistant-text" data-streaming={streaming}>
      <div class="markdown" ref={element} />
      {partial && <p class="quiet partial">The message was cut off here.</p>}
    </article>
  );
}
