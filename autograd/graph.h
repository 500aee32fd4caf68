// What capture() asks of a device. Defined in cuda/, for builds with CUDA and without. Internal.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// Work that was given to a device between begin and end, to be launched as one.
class Graph {
 public:
  explicit Graph(Device on) : device(on) {}
  virtual ~Graph() = default;
  virtual void launch() = 0;
  // A cell: memory of the device that lives as long as the graph, and that none of its kernels writes.
  virtual void* new_cell(std::size_t bytes) = 0;
  virtual void fill_cell(void* cell, const void* settings, std::size_t bytes) = 0;

  const Device device;
  std::vector<std::function<void()>> before_launch;  // what the CPU does before each
};

namespace device {

// Until the graph is closed, all work given to the device goes into it, and its memory is the graph's own.
std::shared_ptr<Graph> open_graph(Device device);
void close_graph(Graph& graph);

}  // namespace device
}  // namespace gradtape
