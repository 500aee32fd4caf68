#include <gradtape/ops/view/view_of.h>

namespace gradtape {

Tensor view_of(const Tensor& x, const Shape& shape, const Strides& strides, std::int64_t offset) {
  const TensorData& from = *x.tensor_data();
  TensorData* view = detail::new_view(from);
  view->count = count_of(shape);
  if (view->count) view->data += offset * static_cast<std::int64_t>(size_of(from.dtype));
  view->shape = shape;
  view->contiguous = are_dense(shape, strides);
  if (!view->contiguous) view->strides = strides;
  look_for_packs(*view);
  return Tensor::adopt(view);
}

}  // namespace gradtape
