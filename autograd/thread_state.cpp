#include <gradtape/autograd/thread_state.h>

#include <new>

#include <cxxabi.h>

#include <gradtape/autograd/error.h>

extern "C" [[gnu::visibility("hidden")]] void* __dso_handle;

namespace gradtape::detail {
namespace {

constinit const ThreadState nothing{};

// A tape that is open still, in a variable that outlives the thread's others, keeps the block.
void close_thread(void* block) {
  auto* own = static_cast<ThreadState*>(block);
  if (own->tapes.open_count == 0) own->tapes.list.release_memory();
  release_spares(own->spares);
  if (own->tapes.open_count > 0) return;
  thread_state = const_cast<ThreadState*>(&nothing);
  delete own;
}

}  // namespace

constinit thread_local ThreadState* thread_state [[gnu::tls_model("initial-exec")]] =
    const_cast<ThreadState*>(&nothing);

// Note: the thread's end is registered by hand, for destructors that run after it may compute too: then there is
// another block, and another end.
ThreadState& own_thread_state() {
  if (thread_state != &nothing) return *thread_state;
  auto* own = new (std::nothrow) ThreadState{};
  if (!own || abi::__cxa_thread_atexit(close_thread, own, &__dso_handle) != 0) {
    delete own;
    fail<OutOfMemoryError>({}, "memory", "there is none for a thread's first block");
  }
  own->spares.room = ThreadState::most_spare_bytes;
  return *(thread_state = own);
}

}  // namespace gradtape::detail
