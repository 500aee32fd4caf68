#include <gradtape/ops/view/view_of.h>

#include <gradtape/autograd/leaf.h>

namespace gradtape {

Tensor view_of(const Tensor& x, const Shape& shape, const Strides& strides, std::int64_t offset) {
  const Body* from = x.body();
  Body* view = new_view(from->storage);
  view->dtype = from->dtype;
  view->count = count_of(shape);
  view->data = from->data + offset * static_cast<std::int64_t>(size_of(from->dtype));
  view->shape = shape;
  const Strides dense = dense_strides(shape);
  view->contiguous = true;
  for (int d = 0; d < shape.rank(); ++d)
    if (shape[d] != 1 && strides[d] != dense[d]) view->contiguous = view->count == 0;
  if (!view->contiguous) view->strides = strides;
  return Tensor::adopt(view);
}

}  // namespace gradtape
