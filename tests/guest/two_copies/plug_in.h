// A plug-in that is linked with gradtape, as the program is: where that is the static library, it has a copy of its
// own.
#pragma once

#include <gradtape/gradtape.h>

enum class Way { pointwise, rowwise, product, on_a_tape_of_its_own, backward, in_place };

// Computes with x; what it throws is returned as text.
std::string compute(const gradtape::Tensor& x, Way way, gradtape::Tensor& y);
