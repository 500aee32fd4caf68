// Products of tensors summed over some of their dimensions, which matmul and pointwise products compute.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// Lists [n] and [m]: [n, m], each element by each.
Tensor outer(const Tensor& left, const Tensor& right, Location at = Location::current());
// Summed over the last dimension of both: [a…, k] and [b…, k] give [a…, b…]. A number multiplies. Throws ShapeError.
Tensor inner(const Tensor& left, const Tensor& right, Location at = Location::current());
// Summed over dimensions of the left and as many of the right, of equal sizes: what is left of both, in this order.
// Throws ShapeError, IndexError.
Tensor tensordot(const Tensor& left, const Tensor& right, const Dims& left_dims, const Dims& right_dims,
                 Location at = Location::current());
// The Kronecker product: each element of the left by all of the right, in blocks. Shapes [a…] and [b…] of one rank,
// with sizes of 1 put in front of the shorter, give [a·b…].
Tensor kron(const Tensor& left, const Tensor& right, Location at = Location::current());
// By NumPy's notation: "ij,jk->ik" is matmul, "bi,bi->b" a sum over i in each of a batch, "ii->i" a diagonal; without
// the arrow the letters that stand once, in the alphabet's order, are left. "..." stands for dimensions in front that
// broadcast. Tensors are multiplied from left to right. Throws ValueError for an equation that cannot be read,
// ShapeError for sizes that differ.
Tensor einsum(std::string_view equation, std::span<const Tensor> tensors, Location at = Location::current());
inline Tensor einsum(std::string_view equation, std::initializer_list<Tensor> tensors,
                     Location at = Location::current()) {
  return einsum(equation, std::span(tensors.begin(), tensors.size()), at);
}

}  // namespace gradtape
