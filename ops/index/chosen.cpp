#include <gradtape/ops/index/chosen.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/gather.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {

ValuesAndIndices at_places(const Tensor& x, int dim, const Tensor& indices, bool keepdim, Location at) {
  const Tensor values = gather(x, dim, indices, at);
  if (keepdim) return {values, indices};
  return {squeeze(values, dim, at), squeeze(indices, dim, at)};
}

ValuesAndIndices chosen_along(const char* op, const Tensor& x, int dim, bool keepdim,
                              const std::function<Tensor(const Tensor& rows)>& places_in, Location at) {
  Call call(at);
  const int axis = checked_dim(op, x, dim, at), last = x.dim() - 1;
  if (x.dim() == 0) return chosen_along(op, reshape(x, {1}), 0, false, places_in, at);
  if (x.size(axis) == 0) fail<ShapeError>(at, op, "there is nothing to choose from", {{"tensor", x}});
  const Tensor places = places_in(move_dim(x.detach(), axis, last, at));
  return at_places(x, axis, move_dim(places, last, axis, at), keepdim, at);
}

}  // namespace gradtape
