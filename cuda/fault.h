// A device's error cell: what a kernel found wrong with an index, thrown when the CPU next waits for the device. The
// context lives on. For .cu files and what stands under them.
#pragma once

#include <cstdint>

#include <gradtape/autograd/device.h>
#include <gradtape/autograd/location.h>

namespace gradtape {
struct Launch;
}

namespace gradtape::cuda {

struct Fault {
  unsigned set, lock;
  std::uint64_t check;  // the number of the check that failed: the first one counts, at its first position
  const char* op;
  Location at;
  std::int64_t position, value, lowest, size;
};

// What a kernel needs to check indices: lowest ≤ index < size, or `ignored`, unless that is 0.
struct IndexCheck {
  Fault* cell;   // memory of the device
  Fault* shown;  // the same, where the CPU reads it
  Fault found;   // what is known beforehand
  std::int64_t ignored;
};
// For the indices that the work reads; a bad one blames the outermost public call.
IndexCheck index_check(const Launch& work, std::int64_t size, std::int64_t ignored = 0, std::int64_t lowest = 0);

// Not 0 while the cell is set. Memory of the device.
const unsigned* fault_flag(Device device);

// Waits for the device's stream. Throws DeviceError when that fails, IndexError when the cell was set, and clears it.
void wait(Device device);

#if defined(__CUDACC__)
// May the index be used? If not, it is reported.
inline __device__ bool is_good(const IndexCheck& check, std::int64_t index, std::int64_t position) {
  if ((index >= check.found.lowest && index < check.found.size) || (check.ignored != 0 && index == check.ignored))
    return true;
  volatile Fault& cell = *check.cell;
  auto is_first = [&] { return !cell.set || (cell.check == check.found.check && position < cell.position); };
  for (bool done = !is_first(); !done;) {
    if (atomicExch(&check.cell->lock, 1u) != 0) continue;
    if (is_first()) {
      Fault fault = check.found;
      fault.position = position;
      fault.value = index;
      fault.set = fault.lock = 1;
      *check.shown = fault;
      *check.cell = fault;
      __threadfence_system();
    }
    atomicExch(&check.cell->lock, 0u);
    done = true;
  }
  return false;
}
#endif

}  // namespace gradtape::cuda
