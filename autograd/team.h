// The team: a few threads that share the chunks of one loop.
#pragma once

#include <cstdint>

#include <gradtape/autograd/location.h>

namespace gradtape {

// How many threads the library's own loops use. At the start: GT_NUM_THREADS, else the machine's. Where the system
// refuses some, loops do with fewer. Results do not depend on it.
int num_threads();
// Takes effect for the next op, on any thread, also while others compute. Throws ValueError below 1.
void set_num_threads(int count, Location at = Location::current());

// Calls run(context, chunk) for 0 ≤ chunk < chunks, on any threads of the team and in any order. Runs in order on the
// calling thread alone inside another such loop, and while another thread has the team. The first exception is rethrown
// after all chunks have ended. Note: how a loop is cut into chunks depends on shapes alone, so that results do not
// depend on the number of threads.
void run_on_team(std::int64_t chunks, void (*run)(void* context, std::int64_t chunk), void* context);

template <class F>
void parallel_for(std::int64_t chunks, F f) {
  if (chunks == 1) return f(std::int64_t(0));
  run_on_team(chunks, [](void* context, std::int64_t chunk) { (*static_cast<F*>(context))(chunk); }, &f);
}

}  // namespace gradtape
