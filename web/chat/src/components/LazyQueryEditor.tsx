/** The editor, which is large, as soon as it has come; until then the query to read, in the same place. */

import { lazy, Suspense, type ComponentProps } from "react";
import { QueryText } from "./QueryText";

const Editor = lazy(() => import("./QueryEditor"));

export function LazyQueryEditor(props: ComponentProps<typeof Editor>) {
  return (
    <Suspense fallback={<pre className="editor-still"><QueryText query={props.value} marks={props.marks} /></pre>}>
      <Editor {...props} />
    </Suspense>
  );
}
