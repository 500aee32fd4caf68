#include <gradtape/cuda/fault.h>

#include <gradtape/autograd/launch.h>
#include <gradtape/cuda/context.h>

namespace gradtape::cuda {

void wait(Device device) {
  refuse_waiting_inside_capture();
  check(cudaStreamSynchronize(context_of(device).stream()), "cudaStreamSynchronize");
  context_of(device).throw_fault();
}
IndexCheck index_check(const Launch& work, std::int64_t size, std::int64_t ignored, std::int64_t lowest) {
  IndexCheck check = context_of(work.device()).next_check();
  check.found.op = work.name;
  check.found.at = outermost({});
  check.found.lowest = lowest;
  check.found.size = size;
  check.ignored = ignored;
  return check;
}
const unsigned* fault_flag(Device device) { return context_of(device).fault_flag(); }

}  // namespace gradtape::cuda
