#include <gradtape/ops/linear/products.h>

#include <utility>

#include <gradtape/autograd/layout.h>
#include <gradtape/ops/cpu/matmul.h>

namespace gradtape {
namespace {

Strides strides_of(const Body& x) { return x.contiguous ? dense_strides(x.shape) : x.strides; }

template <class S>
void multiply_batches(const Launch& work) {
  const Body &c = *work.out(), &a = *work.in(0), &b = *work.in(1);
  if (c.count == 0) return;
  const int rank = c.shape.rank();
  const std::int64_t m = c.shape[rank - 2], k = a.shape[rank - 1], n = c.shape[rank - 1];
  const Strides a_strides = strides_of(a);
  Strides b_strides = strides_of(b);
  if (work.as<ProductSettings>().right_transposed) std::swap(b_strides[rank - 2], b_strides[rank - 1]);
  std::int64_t count = 1;
  for (int d = 0; d < rank - 2; ++d) count *= c.shape[d];
  for (std::int64_t batch = 0; batch < count; ++batch) {
    std::int64_t at = batch, from_a = 0, from_b = 0;
    for (int d = rank - 3; d >= 0; --d) {
      from_a += at % c.shape[d] * a_strides[d];
      from_b += at % c.shape[d] * b_strides[d];
      at /= c.shape[d];
    }
    matmul(elements<S>(&c) + batch * m * n, m, n, k, {elements<S>(&a) + from_a, a_strides[rank - 2], a_strides[rank - 1]},
           {elements<S>(&b) + from_b, b_strides[rank - 2], b_strides[rank - 1]}, elements<S>(work.in(2)), work.name);
  }
}
// Numbers of 16 bits are summed in float32, as on devices.
void multiply_in_float32(const Launch& work) {
  constexpr int tensors = 4;
  Tensor single[tensors];
  const Body* bodies[tensors] = {};
  for (int i = 0; i < tensors; ++i) {
    if (!work.bodies[i]) continue;
    const Body& given = *work.bodies[i];
    single[i] = Tensor::adopt(new_body(given.shape, given.count, DType::float32, work.name));
    bodies[i] = single[i].body();
    if (i > 0) copy_elements(given, *bodies[i]);
  }
  Launch in_float32 = work;
  in_float32.bodies = bodies;
  multiply_batches<float>(in_float32);
  copy_elements(*bodies[0], *work.out());
}
void multiply_on_cpu(const Launch& work) {
  if (is_half(work.out()->dtype)) return multiply_in_float32(work);
  work.out()->dtype == DType::float32 ? multiply_batches<float>(work) : multiply_batches<double>(work);
}

// A product and a sum for each term.
double flops_of_product(const Launch& work) {
  const Body& a = *work.in(0);
  return 2.0 * static_cast<double>(work.out()->count) * static_cast<double>(a.shape[a.shape.rank() - 1]);
}
constexpr Kernel product{multiply_on_cpu, GT_ON_CUDA(multiply_on_cuda), nullptr, flops_of_product};

}  // namespace

void write_product(const char* op, const Tensor& c, const Tensor& a, const Tensor& b, ProductSettings settings, const Tensor& bias) {
  launch(product, op, settings, {c}, {a, b, bias});
}

}  // namespace gradtape
