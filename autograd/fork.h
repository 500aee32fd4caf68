// What a mutex needs in a process that forks. Internal.
#pragma once

#include <mutex>

#include <pthread.h>

namespace gradtape::detail {

// Holds the mutex while the process forks, so that it is free in both, and what it guards is whole, whichever thread
// was about to change it. Registered once, for the program's life: returns 0.
template <std::mutex& mutex>
int hold_while_forking() {
  return pthread_atfork([] { mutex.lock(); }, [] { mutex.unlock(); }, [] { mutex.unlock(); });
}

}  // namespace gradtape::detail
