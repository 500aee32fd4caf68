// Steps captured as CUDA graphs.
#include <gradtape/autograd/graph.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/cuda/blas.h>
#include <gradtape/cuda/context.h>

namespace gradtape::cuda {
namespace {

class CapturedGraph : public Graph {
 public:
  explicit CapturedGraph(Device on) : Graph(on), context_(context_of(on)), memory_(std::make_shared<GraphMemory>()) {
    prepare_blas(on);  // its memory is no part of the graph's
    stream_of(on);     // makes the device the current one
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
  void* new_cell(const void* settings, std::size_t bytes, CellUse use) {
    std::sort(use.begin(), use.end());
    Settings cell{context_.take("capture", bytes, true), std::vector<std::byte>(bytes), std::move(use)};
    std::memcpy(cell.written.data(), settings, bytes);
    cells_.push_back(std::move(cell));
    return cells_.back().place;
  }
  void open_cells() override {
    for (Settings& cell : cells_) cell.filled = false;
  }
  void fill_cell(const void* settings, std::size_t bytes, CellUse use) override {
    std::sort(use.begin(), use.end());
    const auto at = std::find_if(cells_.begin(), cells_.end(), [&](const Settings& cell) {
      return !cell.filled && cell.written.size() == bytes && cell.use == use;
    });
    if (at == cells_.end()) refuse_other_updates();
    at->filled = true;
    if (std::memcmp(at->written.data(), settings, bytes) == 0) return;
    std::memcpy(at->written.data(), settings, bytes);
    at->changed = true;
  }
  void launch() override {
    const cudaStream_t stream = stream_of(device);
    for (const Settings& cell : cells_)
      if (!cell.filled) refuse_other_updates();
    for (Settings& cell : cells_)
      if (std::exchange(cell.changed, false)) context_.staging().upload(cell.place, cell.written.data(), cell.written.size(), stream);
    check(cudaGraphLaunch(launchable_, stream), "cudaGraphLaunch");
  }

 private:
  [[noreturn]] static void refuse_other_updates() {
    fail<TapeError>({}, "program", "an optimizer no longer steps its parameters in the groups that were captured", {},
                    "Capture the step again after steps outside of it.");
  }

  // Settings of a kernel that change from launch to launch, where it reads them.
  struct Settings {
    void* place;
    std::vector<std::byte> written;
    CellUse use;
    bool changed = true, filled = true;  // at first
  };

  Context& context_;
  std::shared_ptr<GraphMemory> memory_;
  cudaGraph_t graph_ = nullptr;
  cudaGraphExec_t launchable_ = nullptr;
  std::vector<Settings> cells_;
  bool open_ = true;
};

}  // namespace
}  // namespace gradtape::cuda

namespace gradtape::device {

std::shared_ptr<Graph> open_graph(Device device) { return std::make_shared<cuda::CapturedGraph>(device); }
void close_graph(Graph& graph) { static_cast<cuda::CapturedGraph&>(graph).close(); }
void* new_cell(const void* settings, std::size_t bytes, CellUse use) {
  return static_cast<cuda::CapturedGraph&>(*capturing).new_cell(settings, bytes, std::move(use));
}

}  // namespace gradtape::device
