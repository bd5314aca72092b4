/** A bounded queue between who finds items and who reads them: neither waits without need. */
export interface Channel<Item> extends AsyncIterable<Item> {
  /** Waits while it is full. `false`: nobody reads any more. */
  put(item: Item): Promise<boolean>;
  /** No more items come. */
  end(): void;
  /** Resolves when somebody begins to read. */
  readonly read: Promise<void>;
}

export function openChannel<Item>(size: number): Channel<Item> {
  const items: Item[] = [];
  const begun = Promise.withResolvers<void>();
  let ended = false;
  let left = false;
  let wake = Promise.withResolvers<void>();
  /** Whoever waits looks again: one reader and one writer, so nobody misses a turn. */
  const turn = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };

  const isFull = (): boolean => items.length >= size && !left;

  async function* read(): AsyncGenerator<Item> {
    begun.resolve();
    try {
      for (;;) {
        const [item] = items.splice(0, 1);
        if (item !== undefined) {
          turn();
          yield item;
        } else if (ended) return;
        else await wake.promise;
      }
    } finally {
      left = true;
      turn();
    }
  }

  return {
    read: begun.promise,
    async put(item) {
      while (isFull()) await wake.promise;
      if (left) return false;
      items.push(item);
      turn();
      return true;
    },
    end() {
      ended = true;
      turn();
    },
    [Symbol.asyncIterator]: read,
  };
}
