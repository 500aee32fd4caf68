// Steps captured as CUDA graphs.
#include <gradtape/autograd/graph.h>

#include <cstring>
#include <utility>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/cuda/context.h>

namespace gradtape::cuda {
namespace {

class CapturedGraph : public Graph {
 public:
  explicit CapturedGraph(Device device) : context_(context_of(device)), memory_(std::make_shared<GraphMemory>()) {
    stream_of(device);  // makes the device the current one
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
    for (const Settings& cell : cells_) context_.give(cell.place, cell.written.size());
    context_.drop(memory_);
  }

  void close() {
    open_ = false;
    context_.end();
    check(cudaStreamEndCapture(context_.stream(), &graph_), "cudaStreamEndCapture");
    check(cudaGraphInstantiate(&launchable_, graph_, 0), "cudaGraphInstantiate");
  }
  // The cell is filled before the launch, so no earlier kernel of the graph may write there.
  void* new_cell(const void* settings, std::size_t bytes) {
    Settings cell{context_.take(bytes, true), std::vector<std::byte>(bytes), true};
    std::memcpy(cell.written.data(), settings, bytes);
    cells_.push_back(std::move(cell));
    return cells_.back().place;
  }
  void set_next(const void* settings, std::size_t bytes) override {
    if (next_ == cells_.size() || cells_[next_].written.size() != bytes) refuse_other_updates();
    Settings& cell = cells_[next_++];
    if (std::memcmp(cell.written.data(), settings, bytes) == 0) return;
    std::memcpy(cell.written.data(), settings, bytes);
    cell.changed = true;
  }
  void launch() override {
    const cudaStream_t stream = stream_of(context_.device());
    if (launched_ && next_ != cells_.size()) refuse_other_updates();
    launched_ = true;
    next_ = 0;
    for (Settings& cell : cells_)
      if (std::exchange(cell.changed, false)) context_.staging().upload(cell.place, cell.written.data(), cell.written.size(), stream);
    check(cudaGraphLaunch(launchable_, stream), "cudaGraphLaunch");
  }

 private:
  [[noreturn]] static void refuse_other_updates() {
    fail<TapeError>({}, "program", "an optimizer no longer steps its parameters in the groups that were captured", {}, "Capture the step again after steps outside of it.");
  }

  // Settings of a kernel that change from launch to launch, where it reads them.
  struct Settings {
    void* place;
    std::vector<std::byte> written;
    bool changed;
  };

  Context& context_;
  std::shared_ptr<GraphMemory> memory_;
  cudaGraph_t graph_ = nullptr;
  cudaGraphExec_t launchable_ = nullptr;
  std::vector<Settings> cells_;
  std::size_t next_ = 0;
  bool open_ = true, launched_ = false;
};

}  // namespace
}  // namespace gradtape::cuda

namespace gradtape::device {

std::shared_ptr<Graph> open_graph(Device device) { return std::make_shared<cuda::CapturedGraph>(device); }
void close_graph(Graph& graph) { static_cast<cuda::CapturedGraph&>(graph).close(); }
void* new_cell(const void* settings, std::size_t bytes) { return static_cast<cuda::CapturedGraph&>(*capturing).new_cell(settings, bytes); }

}  // namespace gradtape::device
