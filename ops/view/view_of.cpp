#include <gradtape/ops/view/view_of.h>

#include <gradtape/autograd/leaf.h>

namespace gradtape {

Tensor view_of(const Tensor& x, const Shape& shape, const Strides& strides, std::int64_t offset) {
  const TensorData* from = x.tensor_data();
  TensorData* view = detail::new_view(from->storage);
  view->dtype = from->dtype;
  view->count = count_of(shape);
  view->data = from->data + (view->count ? offset * static_cast<std::int64_t>(size_of(from->dtype)) : 0);
  view->shape = shape;
  view->contiguous = are_dense(shape, strides);
  if (!view->contiguous) view->strides = strides;
  look_for_packs(*view);
  return Tensor::adopt(view);
}

}  // namespace gradtape
