// What capture() asks of a device. Defined in cuda/, for builds with CUDA and without. Internal.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <gradtape/autograd/device.h>
#include <gradtape/autograd/location.h>

namespace gradtape {

// Work that was given to a device between begin and end, to be launched as one.
class Graph {
 public:
  virtual ~Graph() = default;
  virtual void launch() = 0;
  // Fills the next of the cells, in the order in which they were made. What changed is sent before the launch.
  virtual void set_next(const void* settings, std::size_t bytes) = 0;

  // Called before each launch but the first: what fills the cells.
  std::vector<std::function<void()>> before_launch;
};

// The graph that this thread is capturing, or null.
extern constinit thread_local Graph* capturing;
// The graph whose cells this thread is filling, or null: updates then hand on their settings and launch nothing.
extern constinit thread_local Graph* refilling;

// Is a step being captured on this thread, on any device?
extern constinit thread_local bool inside_capture;
// Throws TapeError inside a capture: what would have to be waited for.
void refuse_inside_capture(const char* op, const char* what, const char* advice);

namespace device {

// Until the graph is closed, all work given to the device goes into it, and its memory is the graph's own.
std::shared_ptr<Graph> open_graph(Device device);
void close_graph(Graph& graph);
// A cell of the graph that is being captured: where its kernel finds settings that change from launch to launch.
void* new_cell(const void* settings, std::size_t bytes);

}  // namespace device
}  // namespace gradtape
