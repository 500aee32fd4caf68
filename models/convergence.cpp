#include <gradtape/models/convergence.h>

namespace gradtape {

const char* to_string(StopReason reason) {
  switch (reason) {
    case StopReason::gradient:
      return "the gradient's norm is within tolerance";
    case StopReason::change:
      return "the change of the loss is within tolerance";
    case StopReason::max_iterations:
      return "as many iterations as were allowed";
    case StopReason::line_search:
      return "no lower loss was found along the direction";
  }
  return "";
}

}  // namespace gradtape
