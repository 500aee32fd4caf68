// Steps captured as CUDA graphs.
#include <gradtape/autograd/graph.h>

#include <utility>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/cuda/blas.h>
#include <gradtape/cuda/context.h>

namespace gradtape::cuda {
namespace {

class CapturedGraph : public Graph {
 public:
  explicit CapturedGraph(Device on) : Graph(on), context_(context_of(on)) {
    const OnDevice there(on);
    prepare_blas(on);  // its memory is no part of the graph's
    check(cudaStreamBeginCapture(context_.stream(), cudaStreamCaptureModeRelaxed), "cudaStreamBeginCapture");
    context_.begin(memory_);
  }
  ~CapturedGraph() override {
    if (open_) {
      context_.end();
      cudaStreamEndCapture(context_.stream(), &graph_);
      cudaGetLastError();
    }
    if (graph_) cudaGraphDestroy(graph_);
    if (launchable_) cudaGraphExecDestroy(launchable_);
    for (const auto& [cell, bytes] : cells_) context_.give(cell, bytes);
    context_.drop(memory_);
  }

  void close() {
    open_ = false;
    context_.end();
    check(cudaStreamEndCapture(context_.stream(), &graph_), "cudaStreamEndCapture");
    check(cudaGraphInstantiate(&launchable_, graph_, 0), "cudaGraphInstantiate");
  }
  // Filled before the launch, so no earlier kernel of the graph may write there.
  void* new_cell(std::size_t bytes) override {
    return cells_.emplace_back(context_.take("capture", bytes, true), bytes).first;
  }
  void fill_cell(void* cell, const void* settings, std::size_t bytes) override {
    context_.staging().upload(cell, settings, bytes, context_.stream());
  }
  void launch() override {
    const OnDevice there(device);
    for (const auto& work : before_launch) work();
    check(cudaGraphLaunch(launchable_, context_.stream()), "cudaGraphLaunch");
    if (waits_for_launches()) wait(device);
  }

 private:
  Context& context_;
  GraphMemory memory_;
  cudaGraph_t graph_ = nullptr;
  cudaGraphExec_t launchable_ = nullptr;
  std::vector<std::pair<void*, std::size_t>> cells_;
  bool open_ = true;
};

}  // namespace
}  // namespace gradtape::cuda

namespace gradtape::device {

std::shared_ptr<Graph> open_graph(Device device) { return std::make_shared<cuda::CapturedGraph>(device); }
void close_graph(Graph& graph) { static_cast<cuda::CapturedGraph&>(graph).close(); }

}  // namespace gradtape::device
