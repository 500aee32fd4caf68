// How many threads the library's own loops use.
#pragma once

#include <gradtape/autograd/location.h>

namespace gradtape {

// At the start: GT_NUM_THREADS, else the machine's. Where the system refuses some, loops do with fewer. Results do not
// depend on it.
int num_threads();
// Takes effect for the next op, on any thread, also while others compute. Throws ValueError below 1.
void set_num_threads(int count, Location at = Location::current());

}  // namespace gradtape
