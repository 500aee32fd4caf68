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
  // The CPU keeps nothing of a device's, and a device does not see what the CPU does.
  if (graph ? on_cpu && !on_device : on_device) refuse_another_device();
  if (graph) return pass_on(work);
  {
    const Set aside(capturing, static_cast<CapturedStep*>(nullptr));
    pass_on(work);
  }
  launches.keep(work);
}

void CapturedStep::refuse_another_device() const {
  fail<TapeError>(captured_at, "capture", "the step works on another device than its inputs", {},
                  "Give it its inputs on the device where it works, at least one.");
}

}  // namespace gradtape::detail
