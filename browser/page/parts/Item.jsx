import { useMemo } from 'preact/hooks';
import { EndCard } from './EndCard.jsx';
import { Markdown } from './Markdown.jsx';
import { ToolCard } from './ToolCard.jsx';

/**
 * One item of the conversation; drawn anew only when it is another one.
 * @param {{ item: import('../logic/conversation.js').Item, last: boolean, rewind: import('./ToolCard.jsx').Rewind }} props
 */
export function Item({ item, last, rewind }) {
  return useMemo(() => {
    switch (item.kind) {
      case 'user':
        return (
          <article class="message-user" data-testid="user-text">
            {item.text}
          </article>
        );
      case 'text':
        return <Markdown text={item.text} streaming={item.draft} partial={item.partial} />;
      case 'tool':
        return <ToolCard tool={item} rewind={rewind} />;
      default:
        return <EndCard end={item} last={last} />;
    }
  }, [item, last, rewind]);
}
