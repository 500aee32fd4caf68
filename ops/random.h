// Tensors of random numbers. They depend on the generator alone; each replay of a captured step draws on from it.
#pragma once

#include <gradtape/autograd/random.h>
#include <gradtape/autograd/tensor.h>

namespace gradtape {

// Sets the generator that is used where none is given. Any thread may draw from it; then the order between threads is
// theirs.
void manual_seed(std::uint64_t seed);

// Uniform in 0 ≤ u < 1. Throws DTypeError unless floating.
Tensor rand(const Shape& shape, Generator& generator, TensorOptions options = {}, Location at = Location::current());
Tensor rand(const Shape& shape, TensorOptions options = {}, Location at = Location::current());
// Normal, of mean 0 and variance 1. Throws DTypeError unless floating.
Tensor randn(const Shape& shape, Generator& generator, TensorOptions options = {}, Location at = Location::current());
Tensor randn(const Shape& shape, TensorOptions options = {}, Location at = Location::current());
// Of a tensor's shape and type, on its device.
Tensor rand_like(const Tensor& x, Location at = Location::current());
Tensor randn_like(const Tensor& x, Location at = Location::current());
// Whole numbers low ≤ i < high, each as likely. Throws ValueError when there are none, or when the type does not hold
// them all.
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Generator& generator,
               IntegerOptions options = {}, Location at = Location::current());
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, IntegerOptions options = {},
               Location at = Location::current());
// 0 … count - 1 in random order, int64 [count].
Tensor randperm(std::int64_t count, Generator& generator, Location at = Location::current());
Tensor randperm(std::int64_t count, Location at = Location::current());

}  // namespace gradtape
