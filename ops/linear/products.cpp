#include <gradtape/ops/linear/products.h>

#include <utility>

#include <gradtape/autograd/layout.h>
#include <gradtape/autograd/loop.h>
#include <gradtape/ops/cpu/matmul.h>

namespace gradtape {
namespace {

template <class S>
void multiply_batches(const Launch& work) {
  const TensorData &c = *work.out(), &a = *work.in(0), &b = *work.in(1);
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
    matmul(elements<S>(&c) + batch * m * n, m, n, k,
           {elements<S>(&a) + from_a, a_strides[rank - 2], a_strides[rank - 1]},
           {elements<S>(&b) + from_b, b_strides[rank - 2], b_strides[rank - 1]}, elements<S>(work.in(2)), work.name);
  }
}
// Numbers of 16 bits are summed in float32, as on devices.
void multiply_in_float32(const Launch& work) {
  constexpr int count = 4;
  Tensor single[count];
  const TensorData* tensors[count] = {};
  for (int i = 0; i < count; ++i) {
    if (!work.tensors[i]) continue;
    const TensorData& given = *work.tensors[i];
    single[i] = Tensor::adopt(new_tensor_data(given.shape, given.count, DType::float32, work.name));
    tensors[i] = single[i].tensor_data();
    if (i > 0) copy_elements(given, *tensors[i]);
  }
  Launch in_float32 = work;
  in_float32.tensors = tensors;
  multiply_batches<float>(in_float32);
  copy_elements(*tensors[0], *work.out());
}
void multiply_on_cpu(const Launch& work) {
  if (is_half(work.out()->dtype)) return multiply_in_float32(work);
  work.out()->dtype == DType::float32 ? multiply_batches<float>(work) : multiply_batches<double>(work);
}

// A product and a sum for each term.
double flops_of_product(const Launch& work) {
  const TensorData& a = *work.in(0);
  return 2.0 * static_cast<double>(work.out()->count) * static_cast<double>(a.shape[a.shape.rank() - 1]);
}
// One product of two matrices.
struct OneProduct {
  std::int64_t m, n, k;
  MatrixView a, b;
};
OneProduct one_product(const Launch& work) {
  const TensorData &c = *work.out(), &a = *work.in(0), &b = *work.in(1);
  const Strides of_a = strides_of(a), of_b = strides_of(b);
  const bool turned = work.as<ProductSettings>().right_transposed;
  return {c.shape[0], c.shape[1], a.shape[1], {a.data, of_a[0], of_a[1]}, {b.data, of_b[turned], of_b[!turned]}};
}
template <class S>
MatrixView moved(const MatrixView& x, std::int64_t elements) {
  return {static_cast<const S*>(x.data) + elements, x.row_stride, x.column_stride};
}
template <class S>
void multiply_rows(const Launch& work, std::int64_t first, std::int64_t last, std::byte*) {
  const OneProduct p = one_product(work);
  matmul(elements<S>(work.out()) + first * p.n, last - first, p.n, p.k, moved<S>(p.a, first * p.a.row_stride), p.b,
         elements<S>(work.in(2)), work.name);
}
template <class S>
void multiply_steps(const Launch& work, std::int64_t first, std::int64_t last, std::byte*) {
  const OneProduct p = one_product(work);
  S* const c = elements<S>(work.out());
  const MatrixView a = moved<S>(p.a, first * p.a.column_stride), b = moved<S>(p.b, first * p.b.row_stride);
  if (first == 0) return matmul(c, p.m, p.n, last, a, b, elements<S>(work.in(2)), work.name);
  add_matmul(c, p.m, p.n, last - first, a, b, work.name);
}
// Are a matrix' lines, of `size` numbers at `step`, one behind the other?
ByRows::Reach reach_of(std::int64_t stride, std::int64_t size, std::int64_t step) {
  return step == 1 && stride == size ? ByRows::own_rows : ByRows::all;
}
template <class S>
bool matrices_by_rows(const Launch& work, ByRows& parts) {
  const OneProduct p = one_product(work);
  const ProductParts may = parts_of_matmul<S>(p.m, p.n, p.k, p.a, p.b);
  if (may.rows) {
    parts = {.rows = p.m, .row_bytes = static_cast<std::size_t>(p.k) * sizeof(S), .run = multiply_rows<S>};
    parts.reach[0] = ByRows::own_rows;
    parts.reach[1] = reach_of(p.a.row_stride, p.k, p.a.column_stride);
  } else {
    parts = {.rows = p.k, .row_bytes = static_cast<std::size_t>(p.m + p.n) * sizeof(S), .run = multiply_steps<S>};
    parts.reach[1] = reach_of(p.a.column_stride, p.m, p.a.row_stride);
    parts.reach[2] = reach_of(p.b.row_stride, p.n, p.b.column_stride);
  }
  return may.rows || may.steps;
}
bool by_rows(const Launch& work, ByRows& parts) {
  if (is_half(work.out()->dtype) || work.out()->shape.rank() != 2 || work.out()->count == 0 || work.in(0)->count == 0)
    return false;
  return work.out()->dtype == DType::float32 ? matrices_by_rows<float>(work, parts)
                                             : matrices_by_rows<double>(work, parts);
}

constexpr Kernel product{
    .cpu = multiply_on_cpu, .cuda = GT_ON_CUDA(multiply_on_cuda), .flops = flops_of_product, .by_rows = by_rows};

}  // namespace

void write_product(const char* op, const Tensor& c, const Tensor& a, const Tensor& b, ProductSettings settings,
                   const Tensor& bias) {
  launch(product, op, settings, {c}, {a, b, bias});
}

}  // namespace gradtape
