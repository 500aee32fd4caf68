// Random numbers, drawn by a device.
#pragma once

#include <gradtape/autograd/device.h>
#include <gradtape/autograd/dtype.h>
#include <gradtape/autograd/random.h>

namespace gradtape::cuda {

enum class Distribution : std::uint8_t { uniform, normal };

// A dense array of a floating type.
struct RandomPass {
  Device device;
  Distribution distribution;
  DType type;
  void* to;
  std::int64_t count;
  Generator::Place place;  // of the first random word
};

// The numbers that the CPU makes of the same words. In a graph the place is a cell.
void launch_random(const RandomPass& pass);

}  // namespace gradtape::cuda
