// How many threads the library's own loops use.
#pragma once

#include <gradtape/autograd/location.h>

namespace gradtape {

// At the start: GT_NUM_THREADS, else the machine's. Results do not depend on it.
int num_threads();
// Takes effect for the next op. Throws ValueError below 1.
void set_num_threads(int count, Location where = Location::current());

}  // namespace gradtape
