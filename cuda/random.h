// Random numbers, drawn by a device.
#pragma once

#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/random.h>

namespace gradtape {

enum class Distribution : std::uint8_t { uniform, normal };

struct Fractions {
  Distribution distribution;
  // For devices: of the first random word, or where that is to be read.
  Generator::Place place;
  const Generator::Place* cell;
};

namespace cuda {

// The numbers that the CPU makes of the same words.
void draw_fractions(const Launch& work);

}  // namespace cuda
}  // namespace gradtape
