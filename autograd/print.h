// Tensors as text for a person.
#pragma once

#include <iosfwd>
#include <string>

namespace gradtape {

class Tensor;

// Shape, type, device, gradient state and (some of) the numbers.
std::string to_string(const Tensor& x);
std::ostream& operator<<(std::ostream& out, const Tensor& x);  // with the stream's precision()

}  // namespace gradtape
