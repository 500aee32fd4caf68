// What capture() asks of a device. Defined in cuda/, for builds with CUDA and without. Internal.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <gradtape/autograd/device.h>
#include <gradtape/autograd/location.h>

namespace gradtape {

// What a cell is for: the parameters that an update steps with it. Empty for others.
using CellUse = std::vector<const void*>;

// Work that was given to a device between begin and end, to be launched as one.
class Graph {
 public:
  explicit Graph(Device on) : device(on) {}
  virtual ~Graph() = default;
  virtual void launch() = 0;
  // Before the cells are filled.
  virtual void open_cells() = 0;
  // Fills the first open cell of this use. What changed is sent before the launch.
  virtual void fill_cell(const void* settings, std::size_t bytes, CellUse use = {}) = 0;

  const Device device;
  // What fills the cells before each launch but the first, and what to do when it is not launched after all.
  struct Refill {
    std::function<void()> fill, take_back;
  };
  std::vector<Refill> refills;
};

// The graph that this thread is capturing, or null.
extern constinit thread_local Graph* capturing [[gnu::tls_model("initial-exec")]];
// The graph whose cells this thread is filling, or null: updates then hand on their settings and launch nothing.
extern constinit thread_local Graph* refilling [[gnu::tls_model("initial-exec")]];

// Throws TapeError inside a capture: what would have to be waited for.
void refuse_inside_capture(const char* op, const char* what, const char* advice);

namespace device {

// Until the graph is closed, all work given to the device goes into it, and its memory is the graph's own.
std::shared_ptr<Graph> open_graph(Device device);
void close_graph(Graph& graph);
// A cell of the graph that is being captured: where its kernel finds settings that change from launch to launch.
void* new_cell(const void* settings, std::size_t bytes, CellUse use = {});

}  // namespace device
}  // namespace gradtape
