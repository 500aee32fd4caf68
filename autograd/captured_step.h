// A step that is being captured, or was. Internal.
#pragma once

#include <memory>

#include <gradtape/autograd/graph.h>
#include <gradtape/autograd/launch_list.h>
#include <gradtape/autograd/side_effects.h>

namespace gradtape::detail {

// Stands at the door while the step runs for the first time: on the CPU it keeps the launches, on a device they go into
// its graph.
class CapturedStep : public Watcher {
 public:
  CapturedStep(Step given, Location at) : step(std::move(given)), captured_at(at) {}
  void see(const Launch& work) override;

  // Throws TapeError: the step works on another device than its inputs.
  [[noreturn]] void refuse_another_device() const;

  const Step step;  // kept, for it may own what the work refers to
  const Location captured_at;
  SideEffects effects;
  LaunchList launches;  // on the CPU
  std::shared_ptr<Graph> graph;  // on a device
};

// The step that this thread is capturing; null at all other times, and on the CPU while its kernels run.
extern constinit thread_local CapturedStep* capturing [[gnu::tls_model("initial-exec")]];
inline bool is_capturing_on_cpu() { return capturing && !capturing->graph; }

}  // namespace gradtape::detail
