// A step that is being captured, or was. Internal.
#pragma once

#include <memory>

#include <gradtape/autograd/graph.h>
#include <gradtape/autograd/launch_list.h>
#include <gradtape/autograd/side_effects.h>

namespace gradtape::detail {

// Stands at the door while the step runs for the first time, and keeps its launches.
class CapturedStep : public Watcher {
 public:
  CapturedStep(Step given, Device on, Location at) : step(std::move(given)), device(on), captured_at(at) {}
  void see(const Launch& work) override;
  // On a device: of the launches, when they are planned.
  void make_graph();

  // Throws TapeError: the step works on another device than its inputs.
  [[noreturn]] void refuse_another_device() const;

  const Step step;  // kept, for it may own what the work refers to
  const Device device;
  const Location captured_at;
  SideEffects effects;
  LaunchList launches;
  std::shared_ptr<Graph> graph;  // of the launches, on a device
};

// The step that this thread is capturing; null at all other times, and on the CPU while its kernels run.
extern constinit thread_local CapturedStep* capturing [[gnu::tls_model("initial-exec")]];
inline bool is_capturing_on_cpu() { return capturing && capturing->device == Device::cpu(); }

}  // namespace gradtape::detail
