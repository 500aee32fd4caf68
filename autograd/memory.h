// Memory that is not asked for twice: each thread keeps some spare blocks in lists by size, and what is more lies in
// lists for all threads.
#pragma once

#include <cstddef>

namespace gradtape {

// A block of at least `bytes` > 0, aligned and padded to 64 bytes. Throws OutOfMemoryError naming the op.
void* take_block(std::size_t bytes, const char* op = "memory");

// All memory of this machine, in bytes: no allocator need be asked for more.
std::size_t memory_of_machine();

// Hands a block back, on any thread, with the size it was taken with.
void give_block(void* block, std::size_t bytes);

// Returns this thread's spare blocks to the system, and those that no thread keeps for itself.
void release_spare_memory();

}  // namespace gradtape
