/** First address that the module's own constants do not use: everything from here on belongs to the runtime. */
export const heapBase: usize = __heap_base;
