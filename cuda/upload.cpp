#include <gradtape/autograd/upload.h>

#include <gradtape/autograd/capture.h>
#include <gradtape/cuda/context.h>

namespace gradtape::device {

std::shared_ptr<void> upload_beside(const TensorData& from, const TensorData& to) {
  refuse_inside_capture("upload", "a tensor cannot be brought to a device inside a captured step",
                        "Give it to the step as an input, or bring it there before.");
  return cuda::context_of(to.storage->device)
      .upload_beside(to.data, from.data, static_cast<std::size_t>(to.count) * size_of(to.dtype));
}

}  // namespace gradtape::device
