/* trim.h: gives back the memory that only starting needed: free heap, and the pages of code and constants
 * that were read while a dozen libraries set themselves up. What is needed again comes back from the files.
 */
#ifndef PX_BASE_TRIM_H
#define PX_BASE_TRIM_H

/* Once, when the program is ready. Does what the system allows; nothing depends on it. */
void px_trim_memory(void);

#endif
