// What the C library does with memory that was given back to it.
#pragma once

namespace redraw {

/// Keeps small pieces of it for the next ones: a page that was returned to the system is cleared when it is asked for
/// again, a tenth of the time of a small network (docs/BENCHMARKS.md). Up to 256 MB lie idle at the heap's end. Pieces
/// of a megabyte and more stay outside: among them are weights, whose holes in the heap nothing fits into
/// (nn/kept_memory has maps). glibc alone; nothing where MALLOC_TRIM_THRESHOLD_ or MALLOC_MMAP_THRESHOLD_ is set.
void keep_freed_memory();

/// Lets libtorch ask the system for pages of 2 MB for its larger tensors: a feature map of 100 MB is 50 pages then
/// instead of 25,000, each of which costs its first touch. Before libtorch is loaded; what THP_MEM_ALLOC_ENABLE says
/// already stays.
void ask_for_large_pages();

}  // namespace redraw
