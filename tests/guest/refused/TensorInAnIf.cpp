// A tensor is no truth value; ask for item() or any().
// says: could not convert|not contextually convertible
#include <gradtape/gradtape.h>
int f(const gradtape::Tensor& a, const gradtape::Tensor& b) { return a < b ? 1 : 0; }
