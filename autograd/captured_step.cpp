#include <gradtape/autograd/captured_step.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/scoped.h>

namespace gradtape::detail {

constinit thread_local CapturedStep* capturing = nullptr;

void CapturedStep::see(const Launch& work) {
  bool on_cpu = false, on_device = false;
  for (int i = 0; i < work.writes + work.reads; ++i)
    if (const TensorData* x = work.tensors[i]; x && !x->weak_type)
      (x->storage->device == Device::cpu() ? on_cpu : on_device) = true;
  // But what no device can do, as to move a generator's place, the CPU does before it.
  if (device == Device::cpu() ? on_device : on_cpu && !on_device && work.kernel->cuda) refuse_another_device();
  {
    const Set aside(capturing, device == Device::cpu() ? nullptr : this);
    pass_on(work);
  }
  launches.keep(work);
}

void CapturedStep::make_graph() {
  const Set into(capturing, this);
  graph = device::open_graph(device);
  launches.run_into(*graph);
  device::close_graph(*graph);
}

void CapturedStep::refuse_another_device() const {
  fail<TapeError>(captured_at, "capture", "the step works on another device than its inputs", {},
                  "Give it its inputs on the device where it works, at least one.");
}

}  // namespace gradtape::detail
