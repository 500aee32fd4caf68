// Ops as members of Tensor.
#include <gradtape/ops.h>

namespace gradtape {

Tensor Tensor::reshape(const Shape& shape, Location at) const { return gradtape::reshape(*this, shape, at); }
Tensor Tensor::view(const Shape& shape, Location at) const { return gradtape::view(*this, shape, at); }
Tensor Tensor::flatten(int first, int last, Location at) const { return gradtape::flatten(*this, first, last, at); }
Tensor Tensor::squeeze(Location at) const { return gradtape::squeeze(*this, at); }
Tensor Tensor::squeeze(int dim, Location at) const { return gradtape::squeeze(*this, dim, at); }
Tensor Tensor::unsqueeze(int dim, Location at) const { return gradtape::unsqueeze(*this, dim, at); }
Tensor Tensor::permute(const Dims& order, Location at) const { return gradtape::permute(*this, order, at); }
Tensor Tensor::transpose(int a, int b, Location at) const { return gradtape::transpose(*this, a, b, at); }
Tensor Tensor::t(Location at) const { return gradtape::t(*this, at); }
Tensor Tensor::expand(const Shape& shape, Location at) const { return gradtape::expand(*this, shape, at); }
Tensor Tensor::repeat(const Dims& counts, Location at) const { return gradtape::repeat(*this, counts, at); }
Tensor Tensor::select(int dim, std::int64_t index, Location at) const {
  return gradtape::select(*this, dim, index, at);
}
Tensor Tensor::narrow(int dim, std::int64_t first, std::int64_t length, Location at) const {
  return gradtape::narrow(*this, dim, first, length, at);
}
Tensor Tensor::slice(int dim, std::int64_t first, std::int64_t last, std::int64_t step, Location at) const {
  return gradtape::slice(*this, dim, first, last, step, at);
}
Tensor Tensor::unfold(int dim, std::int64_t size, std::int64_t step, Location at) const {
  return gradtape::unfold(*this, dim, size, step, at);
}
std::vector<Tensor> Tensor::split(std::int64_t size, int dim, Location at) const {
  return gradtape::split(*this, size, dim, at);
}
std::vector<Tensor> Tensor::split(std::initializer_list<std::int64_t> sizes, int dim, Location at) const {
  return gradtape::split(*this, sizes, dim, at);
}
std::vector<Tensor> Tensor::chunk(std::int64_t chunks, int dim, Location at) const {
  return gradtape::chunk(*this, chunks, dim, at);
}
std::vector<Tensor> Tensor::unbind(int dim, Location at) const { return gradtape::unbind(*this, dim, at); }
Tensor Tensor::index_select(int dim, const Tensor& indices, Location at) const {
  return gradtape::index_select(*this, dim, indices, at);
}
Tensor Tensor::gather(int dim, const Tensor& indices, Location at) const {
  return gradtape::gather(*this, dim, indices, at);
}
Tensor Tensor::masked_fill(const Tensor& mask, Number value, Location at) const {
  return gradtape::masked_fill(*this, mask, value, at);
}
Tensor Tensor::sum(const Dims& dims, bool keepdim, Location at) const {
  return gradtape::sum(*this, dims, keepdim, at);
}
Tensor Tensor::mean(const Dims& dims, bool keepdim, Location at) const {
  return gradtape::mean(*this, dims, keepdim, at);
}
Tensor Tensor::prod(const Dims& dims, bool keepdim, Location at) const {
  return gradtape::prod(*this, dims, keepdim, at);
}
Tensor Tensor::amax(const Dims& dims, bool keepdim, Location at) const {
  return gradtape::amax(*this, dims, keepdim, at);
}
Tensor Tensor::amin(const Dims& dims, bool keepdim, Location at) const {
  return gradtape::amin(*this, dims, keepdim, at);
}
Tensor Tensor::any(const Dims& dims, bool keepdim, Location at) const {
  return gradtape::any(*this, dims, keepdim, at);
}
Tensor Tensor::all(const Dims& dims, bool keepdim, Location at) const {
  return gradtape::all(*this, dims, keepdim, at);
}
Tensor Tensor::var(const Dims& dims, double correction, bool keepdim, Location at) const {
  return gradtape::var(*this, dims, correction, keepdim, at);
}
Tensor Tensor::std(const Dims& dims, double correction, bool keepdim, Location at) const {
  return gradtape::std(*this, dims, correction, keepdim, at);
}
Tensor Tensor::max(Location at) const { return amax({}, false, at); }
Tensor Tensor::min(Location at) const { return amin({}, false, at); }
ValuesAndIndices Tensor::max(int dim, bool keepdim, Location at) const {
  return gradtape::max(*this, dim, keepdim, at);
}
ValuesAndIndices Tensor::min(int dim, bool keepdim, Location at) const {
  return gradtape::min(*this, dim, keepdim, at);
}
Tensor Tensor::argmax(Location at) const { return gradtape::argmax(*this, at); }
Tensor Tensor::argmin(Location at) const { return gradtape::argmin(*this, at); }
Tensor Tensor::argmax(int dim, bool keepdim, Location at) const { return gradtape::argmax(*this, dim, keepdim, at); }
Tensor Tensor::argmin(int dim, bool keepdim, Location at) const { return gradtape::argmin(*this, dim, keepdim, at); }
Tensor Tensor::softmax(int dim, Location at) const { return gradtape::softmax(*this, dim, at); }
Tensor Tensor::log_softmax(int dim, Location at) const { return gradtape::log_softmax(*this, dim, at); }
Tensor Tensor::matmul(const Tensor& right, Location at) const { return gradtape::matmul(*this, right, at); }
Tensor Tensor::mm(const Tensor& right, Location at) const { return gradtape::mm(*this, right, at); }
Tensor Tensor::dot(const Tensor& right, Location at) const { return gradtape::dot(*this, right, at); }
Tensor Tensor::add(const Operand& other) const { return gradtape::add({*this, other.at}, other); }
Tensor Tensor::sub(const Operand& other) const { return gradtape::subtract({*this, other.at}, other); }
Tensor Tensor::mul(const Operand& other) const { return gradtape::multiply({*this, other.at}, other); }
Tensor Tensor::div(const Operand& other) const { return gradtape::divide({*this, other.at}, other); }
Tensor Tensor::pow(const Operand& exponent) const { return gradtape::pow({*this, exponent.at}, exponent); }
Tensor Tensor::exp(Location at) const { return gradtape::exp(*this, at); }
Tensor Tensor::log(Location at) const { return gradtape::log(*this, at); }
Tensor Tensor::sqrt(Location at) const { return gradtape::sqrt(*this, at); }
Tensor Tensor::square(Location at) const { return gradtape::square(*this, at); }
Tensor Tensor::abs(Location at) const { return gradtape::abs(*this, at); }
Tensor Tensor::sin(Location at) const { return gradtape::sin(*this, at); }
Tensor Tensor::cos(Location at) const { return gradtape::cos(*this, at); }
Tensor Tensor::tanh(Location at) const { return gradtape::tanh(*this, at); }
Tensor Tensor::sigmoid(Location at) const { return gradtape::sigmoid(*this, at); }
Tensor Tensor::relu(Location at) const { return gradtape::relu(*this, at); }
Tensor Tensor::clamp(Number low, Number high, Location at) const { return gradtape::clamp(*this, low, high, at); }

}  // namespace gradtape
