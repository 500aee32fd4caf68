// What a thread has of its own: spare memory, and the list of its tapes. Internal.
#pragma once

#include <gradtape/autograd/recording.h>

namespace gradtape::detail {

struct Spare {
  Spare* next;
};
struct Spares {
  static constexpr int count = 4 * 48, tensors = 0;
  Spare* lists[count];    // by size class, and one of bodies
  std::size_t room;       // bytes that may still be kept
  std::size_t next_line;  // of a page, for the next long block
};
inline void* pop(Spares& from, int list, std::size_t bytes) {
  Spare* const spare = from.lists[list];
  from.lists[list] = spare->next;
  from.room += bytes;
  return spare;
}

// Where the last few tapes of a thread were opened, so that a message can name a tape that has closed.
struct Closed {
  std::uint64_t generation;
  Location opened;
};
struct ThreadTapes {
  static constexpr unsigned remembered = 16;
  Recording list;  // the one that all tapes of the thread share
  Closed closed[remembered];
  unsigned closed_count;
  unsigned open_count;
  class RecordingScope* innermost;
  std::uint64_t next_generation, end_of_generations;  // of those given out to this thread
};

// Note: thread-local storage. Where a shared object is opened while a program runs, a few hundred bytes of it are left
// for all such objects together. So what is thread-local is a handful of pointers, and the rest lies in one block, made
// at the thread's first use.
struct ThreadState {
  static constexpr std::size_t most_spare_bytes = std::size_t(64) << 20;
  Spares spares;
  ThreadTapes tapes;
};

// This thread's block. Before the thread's first use, and after its end, it is an empty one that nobody may write.
extern constinit thread_local ThreadState* thread_state [[gnu::tls_model("initial-exec")]];
// This thread's block, made if there is none. Throws OutOfMemoryError.
ThreadState& own_thread_state();

}  // namespace gradtape::detail
